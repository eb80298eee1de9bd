// What a run's directory keeps of how it was begun, so that it goes on the same elsewhere.
#include "tools/online/adaptation_run.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;
using nlohmann::ordered_json;

namespace {

// Gives every field a value that is not its default.
struct ChangeFields {
  template <typename T>
  void operator()(const Field& field, T& value) {
    if constexpr (kIsOptional<T>) {
      value = 1.75;
    } else if constexpr (kIsVector<T>) {
      value = {"ambient_celsius=40"};
    } else if constexpr (Table<T>) {
      visit(*this, value);
    } else if constexpr (Worded<T>) {
      value = words(value).front().value;
    } else if constexpr (std::is_integral_v<T>) {
      value += 1;
    } else if constexpr (std::is_floating_point_v<T>) {
      value *= 0.75;
    } else {
      value = std::string("/some/") + field.key;
    }
  }
};

AdaptOptions unusual_options() {
  AdaptOptions options;
  ChangeFields change;
  visit(change, options);
  return options;
}

void write_run(const TemporaryDirectory& directory, const ordered_json& json) {
  std::ofstream(directory.path() / "run.json") << json;
}

AdaptOptions read_back(const ordered_json& json) {
  const TemporaryDirectory directory;
  write_run(directory, json);
  return read_adapt_options(directory.path());
}

}  // namespace

TEST_CASE("run.json has every field of the options, and each comes back from it") {
  const ordered_json written = to_json(unusual_options());
  for (const char* key : {"policy",
                          "output",
                          "config",
                          "scenario",
                          "set",
                          "duration_seconds",
                          "window_seconds",
                          "seed",
                          "pace",
                          "steps",
                          "minibatch",
                          "learning_rate",
                          "degree",
                          "capacity",
                          "steady",
                          "relearning",
                          "change",
                          "reference_spans",
                          "relearn_seconds",
                          "epsilon",
                          "relearn_epsilon",
                          "explore_bound",
                          "radius",
                          "limit_factor",
                          "explore_share",
                          "explore_burst_seconds"}) {
    CAPTURE(key);
    CHECK(written.contains(key));
  }
  const ordered_json usual = to_json(AdaptOptions{});
  for (const auto& [key, value] : written.items()) {
    CAPTURE(key);
    const bool is_of_the_program = key == "version" || key == "blas";
    CHECK((value == usual.value(key, ordered_json())) == is_of_the_program);
  }
  CHECK(to_json(read_back(written)) == written);
}

TEST_CASE("a field that run.json does not have means its default") {
  AdaptOptions options;
  options.output = "/some/q.flyball";
  options.scenario = "quickstart";
  const ordered_json usual = to_json(options);
  const ordered_json unusual = to_json(unusual_options());
  for (const auto& [key, value] : unusual.items()) {
    CAPTURE(key);
    ordered_json shorter = usual;
    shorter.erase(key);
    if (key == "output" || key == "scenario") {
      CHECK(error_text([&] { read_back(shorter); }).ends_with("damaged: " + key + ": absent"));
    } else {
      CHECK(to_json(read_back(shorter)) == usual);
    }
  }
}

TEST_CASE("a run.json that says what cannot be is refused by its key") {
  const auto refusal = [](const char* key, const ordered_json& value) {
    ordered_json json = to_json(unusual_options());
    json[key] = value;
    const std::string text = error_text([&] { read_back(json); });
    return text.substr(text.find("damaged: "));
  };
  CHECK(refusal("epsilon", 1.5) == "damaged: epsilon = 1.5: must be in [0, 1]");
  CHECK(refusal("minibatch", "many") == "damaged: minibatch: \"many\", an integer >= 0 expected");
  CHECK(refusal("pace", "slow") ==
        "damaged: pace: \"slow\", one of turns, thread, thread_at_once expected");
  CHECK(refusal("epsilom", 0.1).starts_with("damaged: epsilom: unknown key"));
  CHECK(error_text([] {
          read_back(ordered_json::array());
        }).ends_with("damaged: an object expected"));
}
