#include "env/text_file.h"

#include <doctest/doctest.h>

#include <system_error>

#include "env/logs/log_error.h"
#include "tests/support/temporary_file.h"

using namespace flyball;
using namespace std::string_literals;

namespace {

std::string complaint(const std::string& text) {
  try {
    check_text("f", text);
  } catch (const LogError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("lines that end with CR alone are lines") {
  CHECK(read_text_file(TemporaryFile("a\rb\r").path()) == "a\nb\n");
  CHECK(read_text_file(TemporaryFile("a\r\nb\r\n").path()) == "a\r\nb\r\n");
}

TEST_CASE("a text file is read whole, without its byte order mark") {
  CHECK(read_text_file(TemporaryFile("a\nb").path()) == "a\nb");
  CHECK(read_text_file(TemporaryFile("\xEF\xBB\xBF"
                                     "a")
                           .path()) == "a");
  CHECK(read_text_file(TemporaryFile("").path()).empty());
}

TEST_CASE("what cannot be read is named") {
  CHECK_THROWS_WITH_AS(read_text_file("/nowhere/f"),
                       "/nowhere/f: cannot be read: No such file or directory", std::system_error);
  CHECK_THROWS_WITH_AS(read_text_file("/"), "/: cannot be read: Is a directory", std::system_error);
}

TEST_CASE("packed, binary and UTF-16 files are told for what they are") {
  CHECK(complaint("a,b\n1,2\n\ttab\r\n").empty());
  CHECK(complaint("\x1f\x8b\x08").find("gunzip") != std::string::npos);
  CHECK(complaint("PK\x03\x04..").find("save it as CSV") != std::string::npos);
  CHECK(complaint("\xFF\xFE"
                  "a\0b\0"s)
            .find("UTF-16") != std::string::npos);
  CHECK(complaint("a\0b\0c\0"s).find("UTF-16") != std::string::npos);
  CHECK(complaint("a\nb\0\n"s).starts_with("f:2:1: this line is not text"));
}
