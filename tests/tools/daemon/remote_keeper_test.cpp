#include "tools/daemon/remote_keeper.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "env/jetson/board_controls.h"
#include "env/jetson/jetson_error.h"
#include "tests/support/board_tree.h"

using namespace flyball;

namespace {

constexpr std::array<std::size_t, 2> kCpuAndGpu = {0, 1};
constexpr std::array<std::size_t, 3> kAllKnobs = {0, 1, 2};
constexpr double kPatienceSeconds = 0.7;

Setting lowest() {
  Setting setting;
  setting.resize(kCpuAndGpu.size());
  return setting;
}

GuardRequest request_for(GuardCall call, std::uint32_t knob, LevelRange range = {}) {
  GuardRequest request;
  request.call = call;
  request.count = 1;
  request.knobs[0] = knob;
  request.setting[0] = range;
  return request;
}

// A process that governs a board and then sends `bytes`: how it ends.
int end_of_who_sends(BoardTree& tree, const void* bytes, std::size_t size) {
  const pid_t process = fork();
  if (process == 0) {
    JetsonPlant plant(tree.config());
    GuardProcess guard = start_guard(*plant.controls(), kPatienceSeconds);
    const int channel = guard.channel.get();
    RemoteKeeper keeper(std::move(guard), plant.description().limits, kPatienceSeconds);
    keeper.lend(kCpuAndGpu);
    if (keeper.apply(kCpuAndGpu, lowest())) _exit(2);
    send(channel, bytes, size, 0);
    pause();
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int end_of_who_asks(BoardTree& tree, const GuardRequest& request) {
  return end_of_who_sends(tree, &request, sizeof request);
}

}  // namespace

TEST_CASE("a setting that the guard is asked for is in force, and then everything is as it was") {
  BoardTree tree;
  tree.add_board();
  const std::string before = tree.read(kPolicy0 + "/scaling_max_freq");
  JetsonPlant plant(tree.config());
  RemoteKeeper keeper(start_guard(*plant.controls(), kPatienceSeconds), plant.description().limits,
                      kPatienceSeconds);
  keeper.lend(kAllKnobs);
  Setting setting = Setting::pinned(std::array<Level, 3>{0, 0, 0});
  CHECK_FALSE(keeper.apply(kAllKnobs, setting));
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == tree.read(kPolicy0 + "/scaling_min_freq"));
  setting[2] = {0, 1};
  CHECK(keeper.apply(kAllKnobs, setting) == JetsonError::kNotExpressible);
  CHECK(std::string(keeper.state().last_failure.data()).find("emc") != std::string::npos);
  keeper.give_back(kAllKnobs);
  CHECK_FALSE(keeper.is_lost());
  CHECK(keeper.state().report.controls == 4);
  CHECK(keeper.state().report.succeeded());
  CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == before);
}

TEST_CASE("limits that somebody else writes are known after the next beat") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  RemoteKeeper keeper(start_guard(*plant.controls(), kPatienceSeconds), plant.description().limits,
                      kPatienceSeconds);
  keeper.lend(kCpuAndGpu);
  const LevelRange before = keeper.state().limits[1];
  tree.write(kDevfreq + "/max_freq", tree.read(kDevfreq + "/min_freq"));
  for (int i = 0; i < 1000 && keeper.state().limits[1] == before; ++i) {
    keeper.beat(0.0);
    usleep(1000);
    keeper.look(0.0);
  }
  CHECK(keeper.state().limits[1] == LevelRange{0, 0});
  CHECK_FALSE(keeper.is_lost());
}

TEST_CASE("after an apply, which looked, no beat is sent, and without one the next looks") {
  BoardTree tree;
  tree.add_board();
  JetsonPlant plant(tree.config());
  RemoteKeeper keeper(start_guard(*plant.controls(), kPatienceSeconds), plant.description().limits,
                      kPatienceSeconds);
  keeper.lend(kCpuAndGpu);
  REQUIRE_FALSE(keeper.apply(kCpuAndGpu, lowest()));
  const LevelRange before = keeper.state().limits[1];
  tree.write(kDevfreq + "/max_freq", "150000000");
  tree.write(kDevfreq + "/min_freq", "150000000");
  keeper.beat(0.0);  // not sent, so the guard has nothing to answer
  usleep(20'000);
  keeper.look(0.0);
  CHECK(keeper.state().limits[1] == before);
  for (int i = 0; i < 1000 && keeper.state().limits[1] == before; ++i) {
    keeper.beat(0.0);
    usleep(1000);
    keeper.look(0.0);
  }
  CHECK(keeper.state().limits[1] != before);
  CHECK_FALSE(keeper.is_lost());
}

TEST_CASE("who asks for what does not exist, or was not lent, is ended, and the clocks come back") {
  const GuardRequest cases[] = {
      request_for(GuardCall::kApply, 77), request_for(GuardCall::kApply, 2),
      request_for(GuardCall::kApply, 0, {0, 60000}), request_for(GuardCall::kLend, 0),
      request_for(static_cast<GuardCall>(9), 0)};
  for (const GuardRequest& request : cases) {
    BoardTree tree;
    tree.add_board();
    const std::string before = tree.read(kPolicy0 + "/scaling_max_freq");
    CHECK(end_of_who_asks(tree, request) == -SIGKILL);
    CHECK(tree.read(kPolicy0 + "/scaling_max_freq") == before);
  }
  GuardRequest many = request_for(GuardCall::kApply, 0);
  many.count = 1000;
  BoardTree tree;
  tree.add_board();
  CHECK(end_of_who_asks(tree, many) == -SIGKILL);
  CHECK(end_of_who_sends(tree, "short", 5) == -SIGKILL);
}
