#include "deepstream/sent-settings.h"

#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sightline::deepstream {

namespace {

bool isOfOneStream(const ControlTarget& target) {
  return std::string_view(target.entry.scope) == "stream";
}

} // namespace

void SentSettings::add(Sent sent) {
  std::erase_if(sent_, [&](const Sent& before) {
    return before.target.entry.name == sent.target.entry.name &&
           (before.sourceId == sent.sourceId || !isOfOneStream(sent.target));
  });
  sent_.push_back(std::move(sent));
}

void SentSettings::forget(int sourceId) {
  std::erase_if(sent_, [&](const Sent& sent) {
    return sent.sourceId == sourceId && isOfOneStream(sent.target);
  });
}

const std::vector<SentSettings::Sent>& SentSettings::afterRestart(std::int64_t restartedMs) {
  const bool isSuspect =
      attemptedMs_ < restartedMs && restartedMs - attemptedMs_ < limits::suspectSetting.count();
  const auto last = std::find_if(sent_.begin(), sent_.end(),
                                 [this](const Sent& sent) { return sent.attempt == attempts_; });
  if (isSuspect && last != sent_.end()) {
    logWarn("deepstream",
            "the pipeline has failed after " + describe(last->setting) + "; that is not set again");
    sent_.erase(last);
  }
  return sent_;
}

} // namespace sightline::deepstream
