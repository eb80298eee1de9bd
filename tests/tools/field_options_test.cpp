#include "tools/field_options.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/error_text.h"
#include "tools/help_formatter.h"

namespace flyball {

namespace {

struct Sample {
  double share = 0.25;
  std::uint32_t periods = 2;
  std::uint64_t seed = 7;
  double factor = 1.5;
  std::optional<double> limit_seconds;
  std::optional<Interval> factors;
  std::vector<int> modes;
  bool recorded = false;
  double seconds = 1.0;
  std::string name;
};
template <typename Visitor, FieldsOf<Sample> Config>
void visit(Visitor& field, Config& sample) {
  field({"share", "", within(0, 1), "of the time"}, sample.share);
  field({"periods", "periods", within(1, 1e6), "how long"}, sample.periods);
  field({"seed", "", at_least(0), "of the choices"}, sample.seed);
  field({"factor", "", at_least(1), "how much slower"}, sample.factor);
  field({"limit_seconds", "s", above(0), "at most; absent: the deadline"}, sample.limit_seconds);
  field({"factors", "", above(0), "between these"}, sample.factors);
  field({"modes", "", within(0, 9), "drawn; empty: the board's"}, sample.modes);
  field({"recorded", "", {}, "written down"}, sample.recorded);
  field({"seconds", "s", above_up_to(0, 10), "how long it takes"}, sample.seconds);
  field({"name", "", {}, "who it is"}, sample.name);
}

// A program with one command that has an option for each field.
struct Program {
  CLI::App app{"What it does.", "tool"};
  CLI::App* command = nullptr;
  Sample sample;

  Program() {
    use_plain_help(app);
    command = app.add_subcommand("run", "Run it");
    for (const char* key : {"share", "periods", "seed", "factor", "limit_seconds", "factors",
                            "modes", "recorded", "seconds"}) {
      add_field_option(*command, std::string("--") + key, sample, key);
    }
  }
  // The error of a command line; "" for none.
  std::string run(const std::vector<std::string>& words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    reversed.emplace_back("run");
    try {
      app.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }
  bool shows(const std::string& line) const {
    return ("\n" + command->help()).find("\n" + line + "\n") != std::string::npos;
  }
};

}  // namespace

}  // namespace flyball

using namespace flyball;

TEST_CASE("an option of a field sets it") {
  Program program;
  REQUIRE(program.run({"--share", "1", "--periods", "1000000", "--seed", "3", "--factor=1",
                       "--limit_seconds", "0.5", "--factors", "0.5,2", "--modes", "1,2",
                       "--recorded"}) == "");
  const Sample& sample = program.sample;
  CHECK(sample.share == 1.0);
  CHECK(sample.periods == 1'000'000);
  CHECK(sample.seed == 3);
  CHECK(sample.factor == 1.0);
  CHECK(sample.limit_seconds == 0.5);
  REQUIRE(sample.factors);
  CHECK(sample.factors->low == 0.5);
  CHECK(sample.factors->high == 2.0);
  CHECK(sample.modes == std::vector<int>{1, 2});
  CHECK(sample.recorded);
}

TEST_CASE("an option that is not given leaves the field as it was") {
  Program program;
  REQUIRE(program.run({}) == "");
  CHECK(program.sample.share == 0.25);
  CHECK(program.sample.seed == 7);
  CHECK_FALSE(program.sample.limit_seconds);
  CHECK_FALSE(program.sample.factors);
}

TEST_CASE("an option of a field has its range") {
  const auto refusal = [](const std::vector<std::string>& words) { return Program().run(words); };
  CHECK(refusal({"--share", "1.5"}) == "--share: \"1.5\" is not a number from 0 to 1");
  CHECK(refusal({"--periods", "0"}) == "--periods: \"0\" is not a whole number from 1 to 1000000");
  CHECK(refusal({"--periods", "2.5"}).starts_with("--periods: \"2.5\" is not a whole number"));
  CHECK(refusal({"--seed=-1"}) == "--seed: \"-1\" is not a whole number >= 0");
  CHECK(refusal({"--factor", "0.5"}) == "--factor: \"0.5\" is not a number >= 1");
  CHECK(refusal({"--factor", "inf"}) == "--factor: \"inf\" is not a number >= 1");
  CHECK(refusal({"--limit_seconds", "0"}) == "--limit_seconds: \"0\" is not a number > 0");
  CHECK(refusal({"--factors", "1,nan"}) == "--factors: \"nan\" is not a number > 0");
  CHECK(refusal({"--modes", "1,10"}) == "--modes: \"10\" is not a whole number from 0 to 9");
}

TEST_CASE("an option of a field has its sentence and its default") {
  const Program program;
  CAPTURE(program.command->help());
  CHECK(program.shows("  --share NUMBER              Of the time (default 0.25; 0 to 1)"));
  CHECK(program.shows("  --periods N                 How long (default 2; 1 to 1000000)"));
  CHECK(program.shows("  --seed N                    Of the choices (default 7; >= 0)"));
  CHECK(program.shows("  --limit_seconds NUMBER      At most (default: the deadline; > 0)"));
  CHECK(program.shows("  --factors LOW,HIGH          Between these (> 0)"));
  CHECK(program.shows("  --seconds NUMBER            How long it takes (default 1; in (0, 10])"));
  CHECK(program.shows("  --recorded                  Written down"));
}

TEST_CASE("a field that is not there, or of a type without options, is the program's fault") {
  Program program;
  CHECK(error_text([&] { add_field_option(*program.command, "--x", program.sample, "x"); }) ==
        "x: no such field");
  CHECK(error_text([&] { add_field_option(*program.command, "--name", program.sample, "name"); }) ==
        "name: no option can be made of its type");
}
