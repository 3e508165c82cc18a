#include "deepstream/sent-settings.h"

#include "pipeline/limits.h"
#include "pipeline/log.h"

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
  const bool isSuspect = attempts_ > 0 && attemptedMs_ < restartedMs &&
                         restartedMs - attemptedMs_ < limits::suspectSetting.count();
  if (isSuspect) {
    std::erase_if(sent_, [&](const Sent& sent) {
      if (sent.attempt != attempts_) {
        return false;
      }
      logWarn("deepstream", "the pipeline has failed after " + describe(sent.setting) +
                                "; that is not set again");
      return true;
    });
  }
  return sent_;
}

} // namespace sightline::deepstream
