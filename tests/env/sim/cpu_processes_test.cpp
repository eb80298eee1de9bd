#include "env/sim/cpu_processes.h"

#include <doctest/doctest.h>

#include <limits>

using namespace flyball;

TEST_CASE("a process comes and goes on its CPUs, again and again") {
  CpuProcesses processes({{{1}, 0.5, 10.0, 2.0, 3.0}});
  CHECK(processes.next_seconds() == 10.0);
  processes.run(9.0);
  CHECK_FALSE(processes.is_any_running());
  processes.run(10.0);
  CHECK(processes.is_any_running());
  CHECK(processes.used(1) == 0.5);
  CHECK(processes.used(0) == 0.0);
  CHECK(processes.next_seconds() == 12.0);
  processes.run(12.0);
  CHECK(processes.used(1) == 0.0);
  CHECK(processes.next_seconds() == 15.0);
  processes.run(100.0);  // 18 starts later: on from 100 to 102
  CHECK(processes.is_any_running());
  CHECK(processes.next_seconds() == 102.0);
}

TEST_CASE("a process without an end runs for ever") {
  CpuProcesses processes({{{0}, 1.0, 0.0, {}, {}}});
  processes.run(0.0);
  CHECK(processes.is_any_running());
  CHECK(processes.next_seconds() == std::numeric_limits<double>::infinity());
}

TEST_CASE("a thread gets what others leave, and at least its fair share") {
  CpuProcesses processes({{{0}, 0.25, 0.0, {}, {}}, {{0, 1}, 1.0, 0.0, {}, {}}});
  CHECK(processes.left(0) == 1.0);
  processes.run(0.0);
  CHECK(processes.used(0) == 1.0);
  CHECK(processes.left(0) == doctest::Approx(1.0 / 3.0));
  CHECK(processes.left(1) == doctest::Approx(0.5));
  CHECK(processes.left(2) == 1.0);
}
