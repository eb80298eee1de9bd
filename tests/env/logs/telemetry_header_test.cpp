#include "env/logs/telemetry_header.h"

#include <doctest/doctest.h>

#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "tests/env/logs/sample_telemetry.h"
#include "tests/support/error_text.h"

using namespace flyball;

namespace {

std::string formatted(const TelemetryLogHeader& header, bool with_snapshot = false) {
  TelemetryLogOptions options;
  options.with_effect_snapshot = with_snapshot;
  return format_telemetry_header(header, options);
}

// Line by line, as the log's reader does it.
ParsedTelemetryHeader parsed(const std::string& text) {
  TelemetryHeaderParser parser("run.csv");
  std::istringstream stream(text);
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) parser.line(line, ++number);
  return parser.finish(number + 1);
}

std::string complaint(const std::string& text) {
  return error_text([&] { parsed(text); });
}

// Of a header that begins with the magic line and `more` behind it.
std::string complaint_of_entry(const std::string& more) {
  return complaint("# flyball-telemetry-log 1\n# board b\n" + more + "\n");
}

std::string refused_name(const char* what, const std::string& name) {
  return std::string("telemetry log: ") + what + " '" + name +
         "': a name must not be empty nor hold spaces, commas, colons or quotes";
}

// A plant of a single GPU.
const std::string kGpu =
    "# domain gpu kind=gpu actuation_seconds=0.005 frequencies_hz=1e8,2e8\n"
    "# knob gpu domains=0 floor=0 ceiling=1 levels=1e8,2e8\n";

}  // namespace

TEST_CASE("a header is written line by line, the magic first") {
  TelemetryLogHeader header = small_header();
  header.latency_reference_seconds = 0.25;
  CHECK(formatted(header) ==
        "# flyball-telemetry-log 1\n"
        "# version 0.1.0\n"
        "# end_mark yes\n"
        "# board two-core\n"
        "# governor podgov\n"
        "# scenario a line\\nand a back\\\\slash, comma\n"
        "# cpus 2\n"
        "# application yes\n"
        "# effect_snapshot no\n"
        "# domain cpu0 kind=cpu actuation_seconds=0.001 cpus=0,1 "
        "frequencies_hz=100000000,200000000,1190400000\n"
        "# domain gpu kind=gpu actuation_seconds=0.005 frequencies_hz=114750000,1377000000\n"
        "# knob cpu domains=0 floor=0 ceiling=2 levels=100000000,200000000,1190400000\n"
        "# knob gpu domains=1 floor=0 ceiling=1 levels=114750000,1377000000\n"
        "# knob batch floor=0 ceiling=2 levels=1,2,4\n"
        "# rail VDD_IN\n"
        "# rail VDD_SOC\n"
        "# zone CPU-therm\n"
        "# leased gpu\n"
        "# leased batch\n"
        "# mode 0 cpu=0,2 gpu=0,1 batch=0,2\n"
        "# mode 5 cpu=1,1 gpu=0,0 batch=0,2\n"
        "# sensor_lag_seconds 0.42\n"
        "# energy_reference_joules 0.3333333333333333\n"
        "# latency_reference_seconds 0.25\n");
}

TEST_CASE("what was written is what is read, to the same text") {
  for (const bool with_snapshot : {false, true}) {
    const std::string text = formatted(small_header(), with_snapshot);
    const ParsedTelemetryHeader back = parsed(text);
    CHECK(formatted(back.header, back.options.with_effect_snapshot) == text);
    CHECK(back.options.with_effect_snapshot == with_snapshot);
    CHECK(back.has_end_mark);
    CHECK(back.header.scenario == small_header().scenario);
    CHECK(back.header.energy_reference_joules == 1.0 / 3.0);
    CHECK_FALSE(back.header.latency_reference_seconds.has_value());
  }
}

TEST_CASE("free text comes back whatever it holds") {
  for (const char* text : {"", " ", "a\r\nb", "\\n", "\\", "two  spaces ", "# board other"}) {
    CAPTURE(text);
    TelemetryLogHeader header = small_header();
    header.scenario = header.version = header.governor = text;
    const TelemetryLogHeader back = parsed(formatted(header)).header;
    CHECK(back.scenario == text);
    CHECK(back.version == text);
    CHECK(back.governor == text);
  }
}

TEST_CASE("a header needs no more than the magic and the board") {
  const ParsedTelemetryHeader least = parsed("# flyball-telemetry-log 1\n# board b\n");
  CHECK(least.header.plant.board == "b");
  CHECK(least.header.plant.cpus == 0);
  CHECK(least.header.plant.knobs.empty());
  CHECK(least.header.modes.empty());
  CHECK_FALSE(least.header.plant.has_application);
  CHECK_FALSE(least.header.sensor_lag_seconds.has_value());
  CHECK_FALSE(least.has_end_mark);
}

TEST_CASE("names that would break a line or a column are not written") {
  for (const char* name : {"", "VDD IN", "a,b", "a:b", "a\"b", "a\tb", "a\nb"}) {
    CAPTURE(name);
    TelemetryLogHeader header = small_header();
    header.plant.board = name;
    CHECK(error_text([&] { formatted(header); }) == refused_name("board", name));
    header = small_header();
    header.plant.domains[0].name = name;
    CHECK(error_text([&] { formatted(header); }) == refused_name("domain", name));
    header = small_header();
    header.plant.knobs[0].name = name;
    CHECK(error_text([&] { formatted(header); }) == refused_name("knob", name));
    header = small_header();
    header.plant.rails[1] = name;
    CHECK(error_text([&] { formatted(header); }) == refused_name("rail", name));
    header = small_header();
    header.plant.zones[0] = name;
    CHECK(error_text([&] { formatted(header); }) == refused_name("zone", name));
  }
}

TEST_CASE("what the format cannot hold is not written") {
  TelemetryLogHeader header = small_header();
  header.plant.cpus = 100;
  CHECK(error_text([&] { formatted(header); }) == "telemetry log: more than 99 CPUs");
  header.plant.cpus = 99;
  CHECK(parsed(formatted(header)).header.plant.cpus == 99);
  header.leased_knobs = {"npu"};
  CHECK(error_text([&] { formatted(header); }) ==
        "no knob \"npu\"; did you mean \"cpu\" or \"gpu\"? (there are: cpu, gpu, batch)");
  header = small_header();
  header.plant.limits.pop_back();
  CHECK_THROWS_AS(formatted(header), std::invalid_argument);
}

TEST_CASE("a file that is no telemetry log is told from one of another version") {
  const std::string other = "not a telemetry log: expected '# flyball-telemetry-log 1'";
  CHECK(complaint("") == "run.csv:1:1: " + other);
  CHECK(complaint("\n") == "run.csv:1:1: " + other);
  CHECK(complaint("time,power\n") == "run.csv:1:1: " + other);
  CHECK(complaint("#flyball-telemetry-log 1\n") == "run.csv:1:1: " + other);
  const std::string version =
      "not a telemetry log of this version: expected 'flyball-telemetry-log 1'";
  CHECK(complaint("# flyball-telemetry-log 2\n") == "run.csv:1:3: " + version);
  CHECK(complaint("# flyball-telemetry-log 1 \n") == "run.csv:1:3: " + version);
  CHECK(complaint("# board b\n") == "run.csv:1:3: " + version);
}

TEST_CASE("a header without a board is refused at its end") {
  CHECK(complaint("# flyball-telemetry-log 1\n# cpus 2\n") ==
        "run.csv:3:1: the header has no 'board' entry");
}

TEST_CASE("an entry that is wrong is refused with line, column, key and what was expected") {
  const auto at = [](const char* place) { return "run.csv:3:" + std::string(place) + ": "; };
  CHECK(complaint_of_entry("no comment") == at("1") + "expected '# ' and a header entry");
  CHECK(complaint_of_entry("# colour red") ==
        at("3") + "'colour': no entry of a telemetry log's header");
  CHECK(complaint_of_entry("# cpus two") == at("8") + "cpus: 'two': expected a number");
  CHECK(complaint_of_entry("# cpus") == at("8") + "cpus: '': expected a number");
  CHECK(complaint_of_entry("# cpus 2x") == at("8") + "cpus: '2x': expected a number");
  CHECK(complaint_of_entry("# cpus -1") == at("8") + "cpus: expected a number from 0 to 99");
  CHECK(complaint_of_entry("# cpus 100") == at("8") + "cpus: expected a number from 0 to 99");
  CHECK(complaint_of_entry("# application true") ==
        at("15") + "application: 'true': expected yes or no");
  CHECK(complaint_of_entry("# end_mark 1") == at("12") + "end_mark: '1': expected yes or no");
  CHECK(complaint_of_entry("# effect_snapshot YES") ==
        at("19") + "effect_snapshot: 'YES': expected yes or no");
  CHECK(complaint_of_entry("# sensor_lag_seconds inf") ==
        at("22") + "sensor_lag_seconds: 'inf': expected a finite number");
  CHECK(complaint_of_entry("# energy_reference_joules nan") ==
        at("27") + "energy_reference_joules: 'nan': expected a finite number");
  CHECK_THROWS_AS(parsed("# x"), LogError);
}

TEST_CASE("the words of a domain and of a knob are checked each") {
  const std::string domain = "run.csv:3:10: domain: ";
  CHECK(complaint_of_entry("# domain gpu kind=npu") == domain + "'npu': expected cpu, gpu or emc");
  CHECK(complaint_of_entry("# domain gpu kind") == domain + "'kind': not an entry of this line");
  CHECK(complaint_of_entry("# domain gpu colour=red") ==
        domain + "'colour=red': not an entry of this line");
  CHECK(complaint_of_entry("# domain gpu frequencies_hz=1,,2") == domain + "'': expected a number");
  CHECK(complaint_of_entry("# domain gpu frequencies_hz=") == domain + "'': expected a number");
  CHECK(complaint_of_entry("# domain cpu0 cpus=0,0.5") == domain + "'0.5': expected a number");
  const std::string knob = "run.csv:3:8: knob: ";
  CHECK(complaint_of_entry("# knob gpu floor=-1") == knob + "'-1': expected a number");
  CHECK(complaint_of_entry("# knob gpu ceiling=65536") == knob + "'65536': expected a number");
  CHECK(complaint_of_entry("# knob gpu limits=0,1") ==
        knob + "'limits=0,1': not an entry of this line");
}

TEST_CASE("a plant that cannot be is refused below the header") {
  const std::string begin = "run.csv:4:1: the header above does not describe a plant: ";
  CHECK(complaint_of_entry("# knob gpu domains=0 floor=0 ceiling=0 levels=1e8") ==
        begin + "gpu.domains: no domain 0");
  CHECK(complaint_of_entry("# knob batch floor=1 ceiling=0 levels=1,2") ==
        begin + "batch: limits [1, 0] are not levels");
  CHECK(complaint_of_entry("# knob batch floor=0 ceiling=2 levels=1,2") ==
        begin + "batch: limits [0, 2] are not levels");
  CHECK(complaint_of_entry("# leased batch") == begin + "no knob \"batch\" (there are: )");
  CHECK(complaint_of_entry("# domain gpu kind=gpu actuation_seconds=2 frequencies_hz=1") ==
        begin + "gpu.actuation_seconds = 2: must be in [0, 1]");
  CHECK(complaint_of_entry("# domain gpu kind=gpu cpus=0 frequencies_hz=1")
            .starts_with(begin + "gpu.cpus: "));
}

TEST_CASE("more leased knobs than a setting holds are refused") {
  std::string text = "# knob batch floor=0 ceiling=1 levels=1,2";
  for (std::size_t i = 0; i < kMaxKnobs; ++i) text += "\n# leased batch";
  CHECK(complaint_of_entry(text) == "no error");
  CHECK(complaint_of_entry(text + "\n# leased batch").ends_with("more than 8 leased knobs"));
}

TEST_CASE("a mode names the limits of every knob, each once") {
  const std::string plant = kGpu + "# knob batch floor=0 ceiling=1 levels=1,2\n";
  const ParsedTelemetryHeader good =
      parsed("# flyball-telemetry-log 1\n# board b\n" + plant + "# mode 7 batch=1,1 gpu=0,1\n");
  REQUIRE(good.header.modes.size() == 1);
  CHECK(good.header.modes[0].id == 7);
  CHECK(good.header.modes[0].limits == std::vector<LevelRange>{{0, 1}, {1, 1}});
  const auto mode = [&](const std::string& text) {
    return complaint_of_entry(plant + "# mode " + text);
  };
  const std::string at = "run.csv:6:8: mode: ";
  const std::string each = at + "expected limits of every knob, each once";
  CHECK(mode("7") == each);
  CHECK(mode("7 gpu=0,1") == each);
  CHECK(mode("7 gpu=0,1 gpu=0,1") == each);
  CHECK(mode("7 gpu=0,1 batch=0,1 gpu=0,1") == each);
  CHECK(mode("x gpu=0,1 batch=0,1") == at + "'x': expected a number");
  CHECK(mode("65536 gpu=0,1 batch=0,1") == at + "'65536': expected a number");
  CHECK(mode("7 npu=0,1 batch=0,1") == at + "'npu=0,1': not an entry of this line");
  for (const char* limits : {"0", "1,0", "0,2", "0,1,1"}) {
    CAPTURE(limits);
    CHECK(mode("7 gpu=" + std::string(limits) + " batch=0,1") ==
          at + "'" + limits + "': expected a floor and a ceiling, levels of gpu");
  }
}

TEST_CASE("a mode that stands above a knob has no limits of it, and is refused") {
  CHECK(complaint_of_entry(kGpu + "# mode 7 gpu=0,1\n# knob batch floor=0 ceiling=1 levels=1,2") ==
        "run.csv:7:1: the header above does not describe a plant: mode 7 stands above a knob");
}
