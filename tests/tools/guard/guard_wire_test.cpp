#include "tools/guard/guard_wire.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <future>
#include <type_traits>

#include "env/jetson/descriptor.h"
#include "env/jetson/jetson_error.h"
#include "env/plant.h"

using namespace flyball;

TEST_CASE("an error of every category that both sides know arrives as it was") {
  const std::error_code errors[] = {std::make_error_code(std::errc::permission_denied),
                                    std::error_code(EIO, std::system_category()),
                                    JetsonError::kNotTaken, PlantError::kSteppedAside};
  for (const std::error_code& error : errors) {
    CAPTURE(error.message());
    CHECK(from_wire(to_wire(error)) == error);
    CHECK(&from_wire(to_wire(error)).category() == &error.category());
  }
}

TEST_CASE("a success arrives as one, whatever its category") {
  CHECK_FALSE(from_wire(to_wire({})));
  CHECK_FALSE(from_wire(to_wire(std::error_code(0, std::future_category()))));
}

TEST_CASE("an error of an unknown category is still an error") {
  const auto sent = to_wire(std::make_error_code(std::future_errc::no_state));
  CHECK(sent.value != 0);
  CHECK(from_wire(sent) == std::errc::io_error);
}

TEST_CASE("a category number that is none is a breach of protocol, even with no error in it") {
  CHECK(from_wire({4, 0}) == std::errc::protocol_error);
  CHECK(from_wire({~0U, 5}) == std::errc::protocol_error);
}

TEST_CASE("requests and messages cross a socket whole, a datagram each") {
  static_assert(std::is_trivially_copyable_v<GuardRequest>);
  static_assert(std::is_trivially_copyable_v<GuardMessage>);
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  GuardMessage message;
  message.word = GuardWord::kRemark;
  message.limits[kMaxKnobs - 1] = {3, 7};
  message.error = to_wire(JetsonError::kStale);
  put_text(message.text, "a remark");
  REQUIRE(send(ours.get(), &message, sizeof message, 0) == sizeof message);
  REQUIRE(send(ours.get(), &message, 3, 0) == 3);
  GuardMessage received;
  REQUIRE(recv(theirs.get(), &received, sizeof received, MSG_TRUNC) == sizeof received);
  CHECK(received.word == GuardWord::kRemark);
  CHECK(received.limits[kMaxKnobs - 1] == LevelRange{3, 7});
  CHECK(from_wire(received.error) == JetsonError::kStale);
  CHECK(std::string(received.text.data()) == "a remark");
  CHECK(recv(theirs.get(), &received, sizeof received, MSG_TRUNC) == 3);
}
