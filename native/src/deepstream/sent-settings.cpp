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
  if (!sent_.empty() && sent_.back().atMs < restartedMs &&
      restartedMs - sent_.back().atMs < limits::suspectSetting.count()) {
    logWarn("deepstream", "the pipeline has failed after " + describe(sent_.back().setting) +
                              "; that is not set again");
    sent_.pop_back();
  }
  return sent_;
}

} // namespace sightline::deepstream
