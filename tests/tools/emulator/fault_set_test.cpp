#include "tools/emulator/fault_set.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <stdexcept>
#include <thread>

using namespace flyball;

namespace {

const std::string kPath = "/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq";

}  // namespace

TEST_CASE("a fault is on a path, its end, or a directory, and nowhere else") {
  for (const char* file :
       {"scaling_max_freq", "policy0", "policy0/scaling_max_freq", "/sys/devices",
        "/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq", "policy0/"}) {
    CAPTURE(file);
    FaultSet faults([] { return 0.0; });
    faults.set(std::string(file) + "=EIO");
    CHECK(faults.meet(kPath) == EIO);
    faults.set(std::string(file) + "=ok\n");
    CHECK(faults.meet(kPath) == 0);
  }
  FaultSet faults([] { return 0.0; });
  for (const char* file : {"max_freq", "policy", "/policy0", "scaling_max_freq/x"}) {
    faults.set(std::string(file) + "=EIO");
  }
  CHECK(faults.meet(kPath) == 0);
}

TEST_CASE("a fault begins at its time, and the last one set for a file counts") {
  double now = 100.0;
  FaultSet faults([&] { return now; });
  faults.set("policy0=ENODATA@2.5");
  CHECK(faults.meet(kPath) == 0);
  now = 102.5;
  CHECK(faults.meet(kPath) == ENODATA);
  faults.set("policy0=gone");
  CHECK(faults.is_gone(kPath));
  CHECK(faults.meet(kPath) == ENODEV);
  CHECK(faults.text() == "policy0=gone\n");
  faults.set("policy0=stuck");
  CHECK(faults.is_stuck(kPath));
  CHECK(faults.meet(kPath) == 0);
}

TEST_CASE("a fault that has an end is over then, and is listed with it") {
  double now = 100.0;
  FaultSet faults([&] { return now; });
  faults.set(kPath + "=gone");
  faults.set(kPath + "=ok@5");
  CHECK(faults.is_gone(kPath));
  CHECK(faults.text() == kPath + "=gone\n" + kPath + "=ok@5\n");
  now = 104.9;
  CHECK(faults.is_gone(kPath));
  now = 105.0;
  CHECK_FALSE(faults.is_gone(kPath));
  CHECK(faults.meet(kPath) == 0);
}

TEST_CASE("what hangs is answered when the fault is over, or everything is") {
  FaultSet faults([] { return 0.0; });
  faults.set("policy0=hung");
  CHECK(faults.may_wait());
  std::thread other([&] { faults.set("policy0=ok"); });
  CHECK(faults.meet(kPath) == 0);
  other.join();
  faults.set("policy0=hung");
  CHECK(faults.meet(kPath, [] { return true; }) == EINTR);
  std::thread last([&] { faults.end(); });
  CHECK(faults.meet(kPath) == EIO);
  last.join();
}

TEST_CASE("what is no fault is refused with what is allowed") {
  FaultSet faults([] { return 0.0; });
  for (const char* text :
       {"", "EIO", "=EIO", "a=", "a=EWHAT", "a=EIO@", "a=EIO@x", "a=EIO@-1", "a=EIO@nan"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(faults.set(text), std::invalid_argument);
  }
  CHECK(faults.text().empty());
}
