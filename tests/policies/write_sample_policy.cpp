// Writes a policy to the path given: the tests' small one, which read_policy.py reads, or with
// --thousand one with the networks 16-128-64-32-1000 for cost and constraint.
#include <cstring>

#include "policies/policy_file.h"
#include "tests/support/sample_policy.h"

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[2], "--thousand") == 0) {
    flyball::save_policy(argv[1], flyball::thousand_action_policy());
    return 0;
  }
  if (argc != 2) return 2;
  flyball::save_policy(argv[1], flyball::sample_policy());
  return 0;
}
