#include "tools/reproduce/common/reproduction_table.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

using namespace flyball;

TEST_CASE("a figure holds within what is allowed, on both sides") {
  ReproductionTable table("t");
  table.check("exact", 10.0, 10.0, "J", 0.0);
  table.check("below", 10.0, 9.0, "J", 1.0);
  table.check("above", 10.0, 11.0, "J", 1.0);
  table.check_share("share", 200.0, 219.0, "J", 0.1);
  table.check_at_least("floor", 85.0, 97.0, "%");
  table.show("context", std::nullopt, 3.0, "W");
  CHECK(table.holds());
  table.check("too much", 10.0, 11.5, "J", 1.0);
  CHECK_FALSE(table.rows().back().holds);
  CHECK_FALSE(table.holds());
}

TEST_CASE("figures outside a share or below a floor do not hold") {
  ReproductionTable share("t");
  share.check_share("share", 200.0, 221.0, "J", 0.1);
  CHECK_FALSE(share.holds());
  ReproductionTable floor("t");
  floor.check_at_least("floor", 85.0, 84.9, "%");
  CHECK_FALSE(floor.holds());
}

TEST_CASE("a figure that is not a number does not hold") {
  ReproductionTable table("t");
  table.check("nan", 1.0, std::nan(""), "J", 1.0);
  CHECK_FALSE(table.holds());
}

TEST_CASE("a figure that is its limit but for rounding keeps it") {
  ReproductionTable table("t");
  table.check_at_most("share", 1.0, 1.0 + 9e-16, "");
  CHECK(table.holds());
  table.check_at_most("share", 1.0, 1.0 + 1e-6, "");
  CHECK_FALSE(table.holds());
}

TEST_CASE("the JSON of a table has the agreed keys, and null for what is absent") {
  ReproductionTable table("loudva");
  table.check("energy", 10.0, 11.0, "J", 2.0);
  table.show("context", std::nullopt, 3.0, "W");
  table.check_at_most("limit", 60.0, 1.0, "s");
  table.note("a note");
  const nlohmann::ordered_json json = table.to_json();
  CHECK(json["table"] == "loudva");
  CHECK(json["rows"][0].dump() ==
        R"({"name":"energy","published":10.0,"ours":11.0,"difference":1.0,"unit":"J",)"
        R"("check":"difference","allowed":2.0,"holds":true})");
  CHECK(json["rows"][1]["published"].is_null());
  CHECK(json["rows"][1]["difference"].is_null());
  CHECK(json["rows"][1]["allowed"].is_null());
  CHECK(json["rows"][1]["check"] == "shown");
  CHECK(json["rows"][2]["check"] == "at_most");
  CHECK(json["rows"][2]["allowed"].is_null());
  CHECK(json["notes"][0] == "a note");
}

TEST_CASE("the text of a table says which figures fail") {
  ReproductionTable table("t");
  table.check("good", 10.0, 11.0, "J", 2.0);
  table.check("bad", 10.0, 13.5, "J", 2.0);
  table.check_at_least("floor", 85.0, 97.0, "%");
  const std::string text = table.to_text();
  CHECK(text.find("holds") != std::string::npos);
  CHECK(text.find("FAILS") != std::string::npos);
  CHECK(text.find("13.5") != std::string::npos);
  CHECK(text.find("or more") != std::string::npos);
}
