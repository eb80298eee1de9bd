#include "env/printable.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("text that steers no terminal passes as it is") {
  CHECK(printable("a line\n\tand \xc2\xb5s, \xe2\x82\xac, \xf0\x9f\x98\x80") ==
        "a line\n\tand \xc2\xb5s, \xe2\x82\xac, \xf0\x9f\x98\x80");
}

TEST_CASE("control characters are written out as JSON writes them") {
  CHECK(printable(std::string("\x1b[31m\r\b\x7f\0", 9)) ==
        "\\u001b[31m\\u000d\\u0008\\u007f\\u0000");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");  // CSI in one character
}

TEST_CASE("bytes that are not UTF-8 are written as their numbers") {
  CHECK(printable("\xff") == "\\xff");
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
}
