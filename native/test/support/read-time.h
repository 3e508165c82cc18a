#pragma once

#include "support/picture.h"

#include <string>

namespace test {

// What the digits of a generated source say, as "12:34:56.7"; a digit that cannot be read is "?".
std::string readTime(const Picture& picture);

} // namespace test
