// A process that does what the daemon does with a policy: loads the file named on its command line
// and decides. Prints its resident memory in kilobytes; exits with 1 when that is above the second
// argument, also in kilobytes.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "policies/dense_policy.h"
#include "policies/policy_file.h"

using namespace flyball;

namespace {

long resident_kilobytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: policy_process POLICY KILOBYTES\n");
    return 2;
  }
  DensePolicy policy(load_policy(argv[1]));
  std::vector<float> observation(policy.observation_size(), 0.5F);
  std::vector<Level> levels(policy.knob_count());
  for (int i = 0; i < 1000; ++i) policy.act(observation, levels);
  const long kilobytes = resident_kilobytes();
  std::printf("%ld kB resident at most, policy loaded\n", kilobytes);
  return kilobytes > 0 && kilobytes <= std::strtol(argv[2], nullptr, 10) ? 0 : 1;
}
