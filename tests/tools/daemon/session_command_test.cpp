#include "tools/daemon/session_command.h"

#include <doctest/doctest.h>
#include <signal.h>

using namespace flyball;

TEST_CASE(
    "SIGHUP of a person or a service asks to reload, and one of a closing terminal does not") {
  CHECK(asks_to_reload({SIGHUP, SI_QUEUE}, false));
  CHECK(asks_to_reload({SIGHUP, SI_QUEUE}, true));
  CHECK(asks_to_reload({SIGHUP, SI_USER}, false));
  CHECK_FALSE(asks_to_reload({SIGHUP, SI_USER}, true));
  CHECK_FALSE(asks_to_reload({SIGHUP, SI_KERNEL}, false));
  CHECK_FALSE(asks_to_reload({SIGTERM, SI_QUEUE}, false));
  CHECK_FALSE(asks_to_reload({}, false));
}
