#pragma once

#include "software/source.h"

namespace sightline {

// A picture that moves and bears the time, encoded, and then taken for what a camera sends.
class FakeSource final : public Source {
 public:
  FakeSource(const Admission& admission, const SourceSetup& setup, const Context& context);
  ~FakeSource() override;

 protected:
  StreamError classify(GstMessage* message) const override;
};

} // namespace sightline
