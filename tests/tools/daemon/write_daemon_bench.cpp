// write_daemon_bench ROOT POLICY: a Nano's file tree and a policy for it, for tools/kill-matrix.sh.
#include <cstdio>

#include "tests/tools/daemon/board_tree.h"
#include "tests/tools/daemon/constant_policy.h"

int main(int argc, char** argv) {
  using namespace flyball;
  if (argc != 3) {
    std::fprintf(stderr, "usage: write_daemon_bench ROOT POLICY\n");
    return 2;
  }
  const BoardTree tree(argv[1]);
  save_policy(argv[2], constant_policy());
}
