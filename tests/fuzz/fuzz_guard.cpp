// Whatever a governing process may send to the guard, on a board of ordinary files. When all is
// given back, every limit has to be what it was.
#include <fcntl.h>
#include <sys/socket.h>

#include <cstring>

#include "env/jetson/jetson_plant.h"
#include "tests/support/board_tree.h"
#include "tools/guard/guard_desk.h"

using namespace flyball;

namespace {

struct Bench {
  BoardTree tree;
  JetsonPlant plant;
  int ends[2] = {-1, -1};
  GuardDesk desk;

  Bench() : plant((tree.add_board(), tree.config())), desk(*plant.controls(), channel(), [] {}) {}

  int channel() {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    return ends[0];
  }
  void drain() const {
    GuardMessage message;
    while (recv(ends[1], &message, sizeof message, MSG_DONTWAIT) > 0) {
    }
  }
  std::string limits() const {
    std::string all;
    for (const std::string& folder : {kPolicy0, kPolicy2}) {
      all +=
          tree.read(folder + "/scaling_min_freq") + " " + tree.read(folder + "/scaling_max_freq");
    }
    return all + tree.read(kDevfreq + "/min_freq") + " " + tree.read(kDevfreq + "/max_freq");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Bench bench;
  static const std::string before = bench.limits();
  double now = 0.0;
  for (; size >= sizeof(GuardRequest); data += sizeof(GuardRequest), size -= sizeof(GuardRequest)) {
    GuardRequest request;
    std::memcpy(&request, data, sizeof request);
    if (!bench.desk.allows(request)) break;  // the guard ends whoever asks so
    bench.desk.answer(request, now += 0.1);
    bench.drain();
  }
  bench.plant.controls()->give_back_all();
  if (bench.limits() != before) std::abort();
  return 0;
}
