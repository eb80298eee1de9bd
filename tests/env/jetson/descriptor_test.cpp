#include "env/jetson/descriptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <type_traits>

using namespace flyball;

namespace {

int open_something() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed with its object, and only once") {
  const int fd = open_something();
  REQUIRE(is_open(fd));
  {
    Descriptor descriptor(fd);
    CHECK(descriptor.is_open());
    CHECK(descriptor.get() == fd);
    descriptor.reset();
    CHECK_FALSE(descriptor.is_open());
    CHECK_FALSE(is_open(fd));
    REQUIRE(open_something() == fd);  // the number is somebody else's now
  }
  CHECK(is_open(fd));
  { const Descriptor descriptor(fd); }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("a descriptor that was moved is owned by one object") {
  static_assert(!std::is_copy_constructible_v<Descriptor>);
  const int fd = open_something();
  const int former = open_something();
  {
    Descriptor first(fd);
    Descriptor second(std::move(first));
    CHECK(second.get() == fd);
    CHECK_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is the promise
    Descriptor third(former);
    third = std::move(second);
    CHECK(third.get() == fd);
    third = Descriptor();
    CHECK_FALSE(is_open(fd));
  }
  CHECK_FALSE(is_open(former));
}

TEST_CASE("without a file there is nothing to close") {
  Descriptor none;
  CHECK_FALSE(none.is_open());
  none.reset();
  CHECK_FALSE(Descriptor(-1).is_open());
}
