#pragma once

#include <string>
#include <vector>

namespace test {

// A GStreamer element that passes pictures on, and writes down in order what comes to it: "picture"
// or the text of a custom event.
inline constexpr auto eventRecorder = "testeventrecorder";
void registerEventRecorder();
// What all of them wrote down since the last call.
std::vector<std::string> takeRecords();

} // namespace test
