#include "env/config/fields.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "env/config/check_fields.h"
#include "env/config/describe_fields.h"

using namespace flyball;

namespace {

enum class Shape : std::uint8_t { kRound, kSquare };
constexpr auto words(Shape) {
  return std::array{Word{"round", Shape::kRound}, Word{"square", Shape::kSquare}};
}

struct Wheel {
  double radius = 0.5;
  Shape shape = Shape::kRound;
};
template <typename Visitor, FieldsOf<Wheel> Config>
void visit(Visitor& field, Config& wheel) {
  field({"radius", "m", above(0), "of the wheel"}, wheel.radius);
  field({"shape", "", {}, "what it looks like"}, wheel.shape);
}

struct Petrol {
  double litres = 1.0;
};
template <typename Visitor, FieldsOf<Petrol> Config>
void visit(Visitor& field, Config& petrol) {
  field({"litres", "l", at_least(0), "in the tank"}, petrol.litres);
}
struct Battery {
  double charge = 1.0;
};
template <typename Visitor, FieldsOf<Battery> Config>
void visit(Visitor& field, Config& battery) {
  field({"charge", "", within(0, 1), "share that is left"}, battery.charge);
}

struct Cart {
  std::string name;
  std::optional<double> load;
  std::vector<double> gears = {1.0, 2.5};
  std::vector<Wheel> wheels;
  std::variant<Petrol, Battery> drive;
  std::size_t seats = 2;
};
template <typename Visitor, FieldsOf<Cart> Config>
void visit(Visitor& field, Config& cart) {
  field({"name", "", {}, "for people", Need::kRequired}, cart.name);
  field({"load", "kg", from_below(0, 100), "absent: none"}, cart.load);
  field({"gears", "", above(0), "ascending"}, cart.gears);
  field({"wheels", "", {}, "one each"}, cart.wheels);
  field.kind({"drive", "", {}, "what moves it"}, cart.drive, std::array{"petrol", "battery"});
  field.table({"inside", "", {}, "for passengers"}, [&](auto& inner) {
    inner({"seats", "", at_least(1), "to sit on"}, cart.seats);
  });
}

std::string refusal(const Cart& cart) {
  try {
    check_fields(cart, "cart");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every number of a configuration is held against its range") {
  Cart cart;
  CHECK(refusal(cart).empty());
  cart.load = 100.0;
  CHECK(refusal(cart) == "cart.load = 100: must be in [0, 100)");
  cart.load = 99.0;
  cart.gears[1] = 0.0;
  CHECK(refusal(cart) == "cart.gears[1] = 0: must be > 0");
  cart.gears.clear();
  cart.wheels = {Wheel{}, Wheel{-1.0}};
  CHECK(refusal(cart) == "cart.wheels[1].radius = -1: must be > 0");
  cart.wheels.clear();
  cart.drive = Battery{1.5};
  CHECK(refusal(cart) == "cart.charge = 1.5: must be in [0, 1]");
  cart.drive = Petrol{};
  cart.seats = 0;
  CHECK(refusal(cart) == "cart.inside.seats = 0: must be >= 1");
}

TEST_CASE("infinity and NaN are in no range") {
  for (const double bad :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()}) {
    for (const Range& range : {any_number(), above(0), at_least(0), within(0, 1)}) {
      CHECK_FALSE(range.holds(bad));
    }
  }
  CHECK(any_number().holds(-1e300));
}

TEST_CASE("a range says what it allows, and holds its ends or not") {
  CHECK(above(0).text() == "> 0");
  CHECK_FALSE(above(0).holds(0.0));
  CHECK(at_least(1).text() == ">= 1");
  CHECK(at_least(1).holds(1.0));
  CHECK(within(0, 1).text() == "in [0, 1]");
  CHECK(above_up_to(0, 1).text() == "in (0, 1]");
  CHECK(from_below(0, 1).text() == "in [0, 1)");
  CHECK_FALSE(from_below(0, 1).holds(1.0));
  CHECK(any_number().text() == "finite");
}

TEST_CASE("fields are described in order, with type, unit, default and range") {
  const std::vector<FieldText> expected = {
      {"name", "text", "", "required", "", "for people"},
      {"load", "number", "kg", "", "in [0, 100)", "absent: none"},
      {"gears", "list: number", "", "[1, 2.5]", "> 0", "ascending"},
      {"wheels[].radius", "number", "m", "0.5", "> 0", "of the wheel"},
      {"wheels[].shape", "round, square", "", "round", "", "what it looks like"},
      {"drive", "petrol, battery", "", "", "", "what moves it"},
      {"litres", "number", "l", "1", ">= 0", "petrol: in the tank"},
      {"charge", "number", "", "1", "in [0, 1]", "battery: share that is left"},
      {"inside.seats", "whole number", "", "2", ">= 1", "to sit on"}};
  CHECK(describe_fields(Cart{}) == expected);
  CHECK(describe_fields(Wheel{}, "front.").front().path == "front.radius");
}

TEST_CASE("an enumeration is known by its words") {
  CHECK(std::string(word_of(Shape::kSquare)) == "square");
  CHECK(from_word<Shape>("round") == Shape::kRound);
  CHECK_FALSE(from_word<Shape>("Round"));
  CHECK(all_words<Shape>() == "round, square");
}

namespace {

struct Shed {
  std::filesystem::path plan = "plan.csv";
  std::map<std::string, Wheel> spares;
};
template <typename Visitor, FieldsOf<Shed> Config>
void visit(Visitor& field, Config& shed) {
  field({"plan", "", {}, "where things are"}, shed.plan);
  field({"spares", "", {}, "wheels by name"}, shed.spares);
}

}  // namespace

TEST_CASE("tables by name are described once and checked each") {
  const std::vector<FieldText> texts = describe_fields<Shed>();
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].standard == "plan.csv");
  CHECK(texts[1].path == "spares.NAME.radius");
  Shed shed;
  shed.spares["front"].radius = 1.0;
  CHECK_NOTHROW(check_fields(shed));
  shed.spares["back"].radius = -1.0;
  CHECK_THROWS_WITH_AS(check_fields(shed, "shed"), "shed.spares.back.radius = -1: must be > 0",
                       std::invalid_argument);
}
