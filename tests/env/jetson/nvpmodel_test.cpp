#include "env/jetson/nvpmodel.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("the mode stands behind pmode, with leading zeros") {
  CHECK(parse_nvpmodel_status("pmode:0002 fmode:quiet") == 2);
  CHECK(parse_nvpmodel_status("pmode:0008") == 8);
  CHECK(parse_nvpmodel_status("fmode:cool pmode:10\n") == 10);
}

TEST_CASE("other text says no mode") {
  for (const char* text : {"", "pmode:", "pmode:x", "pmode:-1", "pmode:2x", "pmode: 2", "MAXN",
                           "pmode:99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_nvpmodel_status(text).has_value());
  }
}
