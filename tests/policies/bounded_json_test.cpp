#include "policies/bounded_json.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string refusal(const std::string& text) {
  try {
    (void)parse_json(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("a document is what the library reads") {
  CHECK(parse_json(R"({"a":[1,2.5,null,true,"[[[[[["]})") ==
        nlohmann::json({{"a", {1, 2.5, nullptr, true, "[[[[[["}}}));
}

TEST_CASE("as deep as allowed is read, one deeper is refused with the bound") {
  CHECK(refusal(nested(kMaxJsonDepth, "[", "]")).empty());
  const std::string message = "nested deeper than 16 levels, the most allowed";
  CHECK(refusal(nested(kMaxJsonDepth + 1, "[", "]")) == message);
  CHECK(refusal(nested(kMaxJsonDepth + 1, R"({"a":)", "}")) == message);
  CHECK(refusal(nested(200000, "[", "]")) == message);
  CHECK(refusal(nested(200000, R"([{"a":)", "}]")) == message);
  CHECK(refusal(std::string(1000000, '[')) == message);  // never closed
}

TEST_CASE("siblings do not count as depth, and the same key may stand in two objects") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += R"({"a":[]},)";
  CHECK(refusal(text + "0]").empty());
}

TEST_CASE("a key given twice is refused by name, however deep") {
  CHECK(refusal(R"([{"k":1,"k":2}])") == "key 'k' appears twice");
  CHECK(refusal(R"({"a":{"k":{"k":1}}})").empty());
}

TEST_CASE("what is not JSON is said in one short line without control characters") {
  CHECK(refusal("").starts_with("not valid JSON"));
  CHECK(refusal("[1e999]").starts_with("not valid JSON"));
  CHECK(refusal("{} {}").starts_with("not valid JSON"));
  const std::string message = refusal("\"" + std::string(100000, 'x') + "\n\x1b[2J");
  CHECK(message.starts_with("not valid JSON"));
  CHECK(message.size() < 300);
  CHECK(message.find_first_of("\n\x1b") == std::string::npos);
}

TEST_CASE("many keys take linear time") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"key" + std::to_string(i) + "\":{},";
  const auto begin = std::chrono::steady_clock::now();
  CHECK(parse_json(text + "\"last\":0}").size() == 200001);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("a file at fault is named, and a file too long is not read") {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "run.json";
  const auto refused = [&](const std::string& text) {
    std::ofstream(path) << text;
    try {
      (void)read_json(path);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused("{\"a\":1}").empty());
  CHECK(refused(nested(200000, "[", "]")) ==
        path.string() + ": nested deeper than 16 levels, the most allowed");
  CHECK(refused(std::string(kMaxJsonFileBytes + 1, ' ')).starts_with(path.string() + ": longer"));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_json(path), std::system_error);
}
