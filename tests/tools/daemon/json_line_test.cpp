#include "tools/daemon/json_line.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

using namespace flyball;

TEST_CASE("what is put into a line is read again as JSON") {
  JsonLine line;
  line.open('{');
  line.field("whole", -7);
  line.field("number", 614.4e6);
  line.field("small", 1.25e-9);
  line.field("flag", true);
  line.field("none", std::optional<double>());
  line.field("infinite", std::numeric_limits<double>::infinity());
  line.key("text");
  line.raw(json_text("a \"b\"\n\xff"));
  line.key("list");
  line.open('[');
  for (int i = 0; i < 2; ++i) {
    line.open('{');
    line.field("i", i);
    line.close('}');
  }
  line.close(']');
  line.close('}');
  REQUIRE(line.text());
  const nlohmann::json json = nlohmann::json::parse(*line.text());
  CHECK(json["whole"] == -7);
  CHECK(json["number"] == 614.4e6);
  CHECK(json["small"] == 1.25e-9);
  CHECK(json["flag"] == true);
  CHECK(json["none"].is_null());
  CHECK(json["infinite"].is_null());
  CHECK(json["text"] == "a \"b\"\n\xEF\xBF\xBD");
  CHECK(json["list"] == nlohmann::json::parse(R"([{"i": 0}, {"i": 1}])"));
}

TEST_CASE("a line that does not fit is none, and a cleared one is written anew") {
  JsonLine line;
  line.open('{');
  for (int i = 0; i < 1000; ++i) line.field("key", i);
  line.close('}');
  CHECK_FALSE(line.text());
  line.clear();
  line.open('{');
  line.close('}');
  CHECK(*line.text() == "{}");
}
