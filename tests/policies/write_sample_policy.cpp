// Writes the tests' sample policy to the path given: what read_policy.py reads.
#include "policies/policy_file.h"
#include "tests/policies/sample_policy.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  flyball::save_policy(argv[1], flyball::sample_policy());
  return 0;
}
