#include "tools/packaging/program_place.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

TEST_CASE("a program that root alone can change may be started as a service") {
  CHECK_NOTHROW(require_startable("/usr/bin/env"));
}

TEST_CASE("a program in a home folder or in /tmp is hidden from the service") {
  for (const std::string path : {"/home/a/flyballd", "/root/build/flyballd", "/tmp/x/flyballd"}) {
    CAPTURE(path);
    CHECK(error_text([&] { require_startable(path); }).find("hidden from the service") !=
          std::string::npos);
  }
}

TEST_CASE("a folder on the way that everybody may write is named") {
  const std::string error = error_text([] { require_startable("/dev/shm/flyballd"); });
  CHECK(error.starts_with("/dev/shm: others than root may change it"));
}
