#include "tools/toml_limits.h"

#include <doctest/doctest.h>

#include <string>

using namespace flyball;

namespace {

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

// "a.a.a" of so many parts.
std::string key_of(std::size_t parts) { return repeated("a.", parts - 1) + "a"; }

const std::string kDeep = repeated("[", kMaxTomlDepth + 1);
const std::string kLong = key_of(kMaxKeyParts + 1);

// "LINE:COLUMN", or "none".
std::string place_of(const std::string& text) {
  const auto excess = find_excess(text);
  if (!excess) return "none";
  return std::to_string(excess->line) + ":" + std::to_string(excess->column);
}

}  // namespace

TEST_CASE("what is within the bounds has no excess") {
  CHECK(place_of("") == "none");
  CHECK(place_of("title = \"x\"\n[gpu.podgov]\nload = [1.5, 2.5]\n[[t]]\nx = { a.b = 1 }\n") ==
        "none");
  CHECK(place_of("a = " + repeated("[", kMaxTomlDepth) + repeated("]", kMaxTomlDepth)) == "none");
  CHECK(place_of(key_of(kMaxKeyParts) + " = 1\n") == "none");
  CHECK(place_of(std::string(kMaxTomlBytes, ' ')) == "none");
}

TEST_CASE("a document that is too long is too long at its beginning") {
  const auto excess = find_excess(std::string(kMaxTomlBytes + 1, ' '));
  REQUIRE(excess.has_value());
  CHECK(excess->line == 1);
  CHECK(excess->column == 1);
  CHECK(excess->what == "longer than 4194304 bytes, the most allowed");
}

TEST_CASE("a key of too many parts is found at the dot that is one too many") {
  const auto excess = find_excess("x = 1\n\n" + kLong + " = 1\n");
  REQUIRE(excess.has_value());
  CHECK(excess->line == 3);
  CHECK(excess->column == 2 * kMaxKeyParts);
  CHECK(excess->what == "a key of more than 16 parts, the most allowed");
  CHECK(place_of("[" + kLong + "]\n") == "1:33");  // a table's name
  CHECK(place_of("x = {" + kLong + " = 1}") == "1:37");
  CHECK(place_of("x = {a = 1, " + kLong + " = 1}") == "1:44");
}

TEST_CASE("parts of different keys and numbers are not added up") {
  CHECK(place_of(repeated("a.b = 1.5\n", 100)) == "none");
  CHECK(place_of("x = [" + repeated("1.5, ", 100) + "]") == "none");
  CHECK(place_of("x = {" + repeated("a.b = 1, ", 100) + "}") == "none");
}

TEST_CASE("arrays and inline tables in one another are found where they are too deep") {
  const auto excess = find_excess("x =\n  " + kDeep);
  REQUIRE(excess.has_value());
  CHECK(excess->line == 2);
  CHECK(excess->column == 2 + kMaxTomlDepth + 1);
  CHECK(excess->what == "arrays and inline tables nested more than 16 deep, the most allowed");
  CHECK(place_of(repeated("[{", kMaxTomlDepth / 2) + "[") == "1:17");
}

TEST_CASE("what was closed again is not counted, nor what was never opened") {
  CHECK(place_of(repeated("[]", 100)) == "none");
  CHECK(place_of(repeated("[", kMaxTomlDepth) + repeated("][", 100)) == "none");
  CHECK(place_of(repeated("]", 100) + repeated("[", kMaxTomlDepth)) == "none");
  CHECK(place_of(repeated("]", 100) + kDeep) == "1:117");
}

TEST_CASE("strings and comments hold what they like") {
  for (const std::string& text : {kDeep, kLong}) {
    CAPTURE(text);
    CHECK(place_of("x = \"" + text + "\"\n") == "none");
    CHECK(place_of("x = '" + text + "'\n") == "none");
    CHECK(place_of("x = \"\"\"\n" + text + "\n\"\n" + text + "\"\"\"\n") == "none");
    CHECK(place_of("x = '''\n" + text + "\n'\n" + text + "'''\n") == "none");
    CHECK(place_of("# " + text + "\nx = 1 # " + text) == "none");
    CHECK(place_of("x = \"a\\\"" + text + "\"\n") == "none");  // the quote is escaped
  }
}

TEST_CASE("what comes behind a string or a comment is counted again") {
  CHECK(place_of("x = \"a\" " + kDeep) == "1:25");
  CHECK(place_of("x = \"\" " + kDeep) == "1:24");
  CHECK(place_of("x = \"\"\"a\"\"\" " + kDeep) == "1:29");
  CHECK(place_of("x = \"\"\"\\\"\"\"\" " + kDeep) == "1:30");  // its first quote is escaped
  CHECK(place_of("x = 'a\\' " + kDeep) == "1:26");             // a literal string escapes nothing
  CHECK(place_of("# x\n" + kDeep) == "2:17");
}

TEST_CASE("a string that is not closed ends with its line, one of several lines with the text") {
  CHECK(place_of("x = \"a\n" + kDeep) == "2:17");
  CHECK(place_of("x = 'a\n" + kDeep) == "2:17");
  CHECK(place_of("x = \"\"\"a\n" + kDeep) == "none");
  CHECK(place_of("x = \"") == "none");
  CHECK(place_of("x = \"a\\") == "none");
}
