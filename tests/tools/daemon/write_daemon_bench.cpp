// write_daemon_bench ROOT POLICY: a Nano's file tree and a policy for it, for tools/kill-matrix.sh.
#include <cstdio>

#include "tests/tools/daemon/constant_policy.h"
#include "tests/tools/daemon/nano_tree.h"

int main(int argc, char** argv) {
  using namespace flyball;
  if (argc != 3) {
    std::fprintf(stderr, "usage: write_daemon_bench ROOT POLICY\n");
    return 2;
  }
  const NanoTree tree(argv[1]);
  save_policy(argv[2], constant_policy());
}
