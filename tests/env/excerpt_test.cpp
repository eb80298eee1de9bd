#include "env/excerpt.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

TEST_CASE("an excerpt is short and cannot drive a terminal") {
  CHECK(excerpt("plain text") == "plain text");
  CHECK(excerpt("b\x1b[31m").find('\x1b') == std::string::npos);
  CHECK(excerpt("two\nlines") == "two lines");
  CHECK(excerpt(std::string(512, '\0')).size() <= 63);
  CHECK(excerpt(std::string(61, 'x')) == std::string(60, 'x') + "...");
  CHECK(excerpt(std::string(60, 'x')) == std::string(60, 'x'));
}

TEST_CASE("an excerpt keeps UTF-8 whole") {
  CHECK(excerpt("Temperatur °C") == "Temperatur °C");
  CHECK(excerpt(std::string(59, 'x') + "°") == std::string(59, 'x') + "...");
}

TEST_CASE("text is told from binary") {
  CHECK(is_text("RAM 1/2MB\tCPU [1%]\r"));
  CHECK_FALSE(is_text(std::string("RAM\0", 4)));
  CHECK_FALSE(is_text("\x01"));
}
