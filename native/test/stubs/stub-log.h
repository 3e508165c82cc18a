#pragma once

#include <string>

namespace stubs {

// Adds a line to the file that SIGHTLINE_STUB_LOG names; without it nothing is written.
void record(const std::string& line);

// Whether SIGHTLINE_STUB_LACKS, a comma-separated list, has this "element" or "element.property".
bool isLacking(const std::string& name);

} // namespace stubs
