// A policy file, as the daemon reads it, and one decision of what was accepted.
#include <vector>

#include "policies/dense_policy.h"
#include "policies/policy_file.h"
#include "tests/fuzz/fuzz_file.h"

using namespace flyball;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzFile file(".flyball");
  try {
    DensePolicy policy(load_policy(file.write(data, size)));
    const std::vector<float> observation(policy.observation_size(), 0.5F);
    std::vector<Level> action(policy.knob_count());
    policy.act(observation, action);
  } catch (const PolicyFileError&) {
  }
  return 0;
}
