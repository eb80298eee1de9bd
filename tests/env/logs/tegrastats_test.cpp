#include "env/logs/tegrastats.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tests/env/logs/real_data.h"
#include "tests/support/temporary_file.h"

using namespace flyball;

namespace {

TegrastatsLine parsed(const std::string& text) {
  TegrastatsLine line;
  const auto failure = parse_tegrastats_line(text, line);
  INFO(text);
  if (failure) FAIL(failure->column << ": " << failure->reason);
  return line;
}

std::string complaint(const std::string& text) {
  TegrastatsLine line;
  const auto failure = parse_tegrastats_line(text, line);
  return failure ? std::to_string(failure->column) + ": " + failure->reason : "nothing";
}

std::optional<double> celsius(const TegrastatsLine& line, const std::string& name) {
  for (const TegrastatsTemperature& t : line.temperatures) {
    if (t.name == name) return t.celsius;
  }
  FAIL("no temperature " << name);
  return std::nullopt;
}

// Every form that a line has shown, in made-up values.
const char* const kJetPack4 =
    "RAM 1000/4000MB (lfb 2x2MB) SWAP 1/2MB (cached 6MB) IRAM 0/252kB(lfb 252kB) "
    "CPU [5%@1224,100%@1479,off,na] EMC_FREQ 7%@1600 GR3D_FREQ 12%@76 APE 25 MTS fg 1% bg 9% "
    "PLL@37C GPU@40.5C CV0@-256C GPU 18401/18525 POM_5V_IN 1750/1628";
const char* const kJetPack7 =
    "09-01-2026 09:25:18 RAM 5739/7546MB (lfb 1x2MB) CPU [72%@1728,75%@1728]  GR3D_FREQ 33%  "
    "NVENC 79%@166 NVDEC off VIC_FREQ @115 cpu@50C/49C VDD_IN 9761mW/9000mW/12000mW";

}  // namespace

TEST_CASE("a line of JetPack 4 is read in SI units by name") {
  const TegrastatsLine line = parsed(kJetPack4);
  CHECK_FALSE(line.stamp.has_value());
  CHECK(line.ram->used_bytes == 1000 * 1048576.0);
  CHECK(line.ram->total_bytes == 4000 * 1048576.0);
  CHECK(line.swap->total_bytes == 2 * 1048576.0);
  CHECK(line.iram->total_bytes == 252 * 1024.0);
  REQUIRE(line.cpus.size() == 4);
  CHECK(line.cpus[0].load == 0.05);
  CHECK(line.cpus[1].frequency_hz == 1479e6);
  CHECK_FALSE(line.cpus[2].online);
  CHECK_FALSE(line.cpus[3].online);
  CHECK(line.find_engine("EMC_FREQ")->load == 0.07);
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.at(0) == 76e6);
  CHECK(line.find_engine("APE")->frequencies_hz.at(0) == 25e6);
  CHECK_FALSE(line.find_engine("APE")->load.has_value());
  CHECK(line.mts_foreground == 0.01);
  CHECK(line.mts_background == 0.09);
  CHECK(celsius(line, "GPU") == 40.5);
  CHECK_FALSE(celsius(line, "CV0").has_value());
  CHECK(line.find_rail("GPU")->now_watts == 18.401);
  CHECK(line.find_rail("GPU")->average_watts == 18.525);
  CHECK(line.find_rail("POM_5V_IN")->now_watts == 1.75);
  CHECK(line.find_rail("VDD_IN") == nullptr);
}

TEST_CASE("a line of JetPack 7 without root is read") {
  const TegrastatsLine line = parsed(kJetPack7);
  CHECK(line.stamp->seconds == 1788254718.0);
  CHECK(line.find_engine("EMC_FREQ") == nullptr);
  CHECK(line.find_engine("GR3D_FREQ")->load == 0.33);
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.empty());
  CHECK(line.find_engine("NVENC")->frequencies_hz.at(0) == 166e6);
  CHECK(line.find_engine("NVDEC")->off);
  CHECK(line.find_engine("VIC_FREQ")->frequencies_hz.at(0) == 115e6);
  CHECK(celsius(line, "cpu") == 50.0);
  CHECK(line.find_rail("VDD_IN")->maximum_watts == 12.0);
}

TEST_CASE("the list forms of GR3D_FREQ are read") {
  const std::string head = "RAM 1/2MB (lfb 1x4MB) CPU [1%@729] GR3D_FREQ ";
  CHECK(parsed(head + "0%@[305]").find_engine("GR3D_FREQ")->frequencies_hz.size() == 1);
  const auto two = parsed(head + "9%@[305,306]").find_engine("GR3D_FREQ")->frequencies_hz;
  CHECK(two == std::vector<double>{305e6, 306e6});
}

TEST_CASE("a line without a whole CPU list says at which column and what was expected") {
  CHECK(complaint("[0%@1190,1%@1190] EMC_FREQ 0%@1331") ==
        "35: expected a CPU list (CPU [...]) in the line");
  CHECK(complaint("RAM 1/2MB (lfb 1x4MB) SWAP 0/1MB (cached 0MB)") ==
        "46: expected a CPU list (CPU [...]) in the line");
  CHECK(complaint("") == "1: expected a CPU list (CPU [...]) in the line");
  CHECK(complaint("CPU [1%@729,") == "13: expected a percentage");
  CHECK(complaint("CPU [1%@729") == "12: expected ']'");
  CHECK(complaint("CPU [1%@]") == "9: expected a frequency in MHz");
  CHECK(complaint("CPU [101%@7]") == "6: expected a percentage from 0 to 100");
  CHECK(complaint("CPU [1%]@x") == "10: expected a frequency in MHz");
  CHECK(complaint("RAM 1/2MB CPU [1%@7] VDD_IN 50RAM 1/2MB CPU [1%@7]") ==
        "41: two lines ran together");
  CHECK(complaint(std::string("RAM 1/2MB CPU [1%@7] \0", 22)) == "1: this line is not text");
}

TEST_CASE("a token that is not understood is named and costs nothing else") {
  const auto unknown = [](const std::string& token) {
    const TegrastatsLine line = parsed("RAM 1/2MB CPU [1%@7] " + token + " VDD_IN 4000/3000");
    CHECK(line.cpus.size() == 1);
    REQUIRE(line.rails.size() == 1);
    CHECK(line.rails[0].now_watts == 4.0);
    return line.unknown.size() == 1 ? line.unknown[0] : std::to_string(line.unknown.size());
  };
  CHECK(unknown("GPU@4") == "GPU");
  CHECK(unknown("GPU@-infC") == "GPU");
  CHECK(unknown("VDD_SOC 47") == "VDD_SOC");
  CHECK(unknown("VDD_SOC 47/") == "VDD_SOC");
  CHECK(unknown("VDD_SOC 47mW/46m") == "VDD_SOC");
  CHECK(unknown("VDD_SOC 99999999999999999999mW/46mW") == "VDD_SOC");
  CHECK(unknown("EDP limit 0").starts_with("2"));
  CHECK(unknown("GR3D_FREQ 101%@7") == "GR3D_FREQ");
  CHECK(unknown("??? 12 (some thing)").starts_with("2"));
  CHECK(unknown("| ") == "|");
  CHECK(unknown(std::string(5000, 'x')).size() < 30);
  CHECK(parsed("CPU [1%@7] RAM 1/2GB").unknown == std::vector<std::string>{"RAM"});
}

TEST_CASE("fractions, spaces in the CPU list and watts are read") {
  const TegrastatsLine line =
      parsed("RAM 1/2MB CPU [1.5%@7, 2%@1190.4] GR3D_FREQ 50.5%@[1020.0] VDD_IN 5.25W/5.0W");
  CHECK(line.cpus.at(0).load == 0.015);
  CHECK(line.cpus.at(1).frequency_hz == doctest::Approx(1190.4e6));
  CHECK(line.find_engine("GR3D_FREQ")->frequencies_hz.at(0) == 1020e6);
  CHECK(line.find_rail("VDD_IN")->now_watts == 5.25);
}

TEST_CASE("a comma for the point, a unit behind a clock, capitals and tabs are read, too") {
  const TegrastatsLine line = parsed(
      "01-02-2025\t00:00:07\tRAM\t1/2MB\tCPU\t[1%@1190MHz,OFF]\tEMC_FREQ 5%@3199MHz GR3D_FREQ "
      "OFF cpu@48,75C/-1,5C vdd_in 6030,5mW/6,25mW VDD_SOC 1557/1557");
  REQUIRE(line.stamp.has_value());
  CHECK(line.cpus.at(0).frequency_hz == 1190e6);
  CHECK_FALSE(line.cpus.at(1).online);
  CHECK(line.find_engine("EMC_FREQ")->frequencies_hz.at(0) == 3199e6);
  CHECK(line.find_engine("GR3D_FREQ")->off);
  CHECK(celsius(line, "cpu") == 48.75);
  CHECK(line.find_rail("VDD_IN")->now_watts == doctest::Approx(6.0305));
  CHECK(line.find_rail("VDD_IN")->average_watts == doctest::Approx(0.00625));
  CHECK(line.unknown.empty());
  CHECK(celsius(parsed("CPU [1%@7] cpu@-1,5C"), "cpu") == -1.5);
  CHECK(parsed("CPU [1%@7] cpu@1,C").unknown == std::vector<std::string>{"cpu"});
}

TEST_CASE("NULs where a block of the disk was lost take no time") {
  const std::string line = " RAM 1/2MB CPU [1%@7] VDD_IN 4000/3000\n";
  const TegrastatsLog log = parse_tegrastats_log(
      "a.log", "01-02-2025 00:00:00" + line + std::string(600, '\0') + "\n01-02-2025 00:00:01" +
                   line + "01-02-2025 00:00:02" + line);
  REQUIRE(log.failures.size() == 1);
  CHECK(log.failures[0].line == 2);
  REQUIRE(log.samples.size() == 3);
  CHECK(log.samples[2].time_seconds - log.samples[0].time_seconds == 2.0);
}

TEST_CASE("colours around a line and within it are no part of it") {
  TegrastatsLine line;
  CHECK_FALSE(parse_tegrastats_line("\x1b[32m[00:03:20]\x1b[0m RAM 1/2MB CPU [1%@7] "
                                    "\x1b[01;31m\x1b[KVDD_IN 4000/3000\x1b[m",
                                    line)
                  .has_value());
  REQUIRE(line.stamp.has_value());
  CHECK(line.stamp->seconds == 200.0);
  REQUIRE(line.rails.size() == 1);
  CHECK(line.rails[0].name == "VDD_IN");
  CHECK(line.rails[0].average_watts == 3.0);
  CHECK(line.unknown.empty());
  CHECK(parse_tegrastats_line("RAM 1/2MB \x1b[", line).has_value());
}

TEST_CASE("the forms of JetPack 3 and the shared clock are read") {
  const TegrastatsLine tx2 = parsed(
      "RAM 2440/6660MB (lfb 620x4MB) cpu [7%@1994,off,2%@2035] EMC 4%@1600 GR3D 55%@1275 "
      "GR3D_PCI 0%@2607");
  REQUIRE(tx2.cpus.size() == 3);
  CHECK(tx2.cpus[2].frequency_hz == 2035e6);
  CHECK(tx2.find_engine("EMC_FREQ")->frequencies_hz.at(0) == 1600e6);
  CHECK(tx2.find_engine("GR3D_FREQ")->load == 0.55);
  CHECK(tx2.unknown.empty());
  const TegrastatsLine shared = parsed("RAM 1/2MB CPU [17%,off,65%]@1734 EMC 1%@1600");
  CHECK(shared.cpus[0].frequency_hz == 1734e6);
  CHECK(shared.cpus[0].load == 0.17);
  CHECK_FALSE(shared.cpus[1].online);
  CHECK(shared.cpus[1].frequency_hz == 0.0);
  CHECK(shared.cpus[2].frequency_hz == 1734e6);
}

TEST_CASE("a stamp that somebody put before the line is read") {
  const std::string line = "RAM 1/2MB CPU [1%@7]";
  const auto stamp = [&](const std::string& before) { return parsed(before + line).stamp; };
  CHECK(stamp("1611705800.25 ")->seconds == 1611705800.25);
  CHECK(stamp("[00:03:20] ")->kind == StampKind::kTimeOfDay);
  CHECK(stamp("Nov 29 06:48:15 jetson tegrastats[812]: ")->kind == StampKind::kYearless);
  CHECK(stamp("2021-01-27T00:03:20+0100 jetson tegrastats[812]: ")->seconds == 1611702200.0);
  // Of two stamps the first is what somebody wanted.
  CHECK(stamp("1611705800.25 01-27-2021 00:03:20 ")->seconds == 1611705800.25);
  CHECK_FALSE(stamp("99-99-2021 00:03:20 ").has_value());
  CHECK(stamp("Wed 2021-01-27 00:03:20 UTC jetson tegrastats[812]: ")->seconds == 1611705800.0);
  CHECK(stamp("[INFO] [1611705800.25] [tegra]: ")->seconds == 1611705800.25);
  CHECK(stamp("jetson2: 00:03:20 ")->kind == StampKind::kTimeOfDay);
  CHECK(stamp("time=1611705800 ")->seconds == 1611705800.0);
  CHECK(stamp("27.01.2021 00:03:20 ")->seconds == 1611705800.0);
  CHECK(stamp("\"2021-01-27 00:03:20\",\"")->seconds == 1611705800.0);
  CHECK_FALSE(stamp("jetson 7 ").has_value());
}

TEST_CASE("whole-second stamps are spread evenly, and a line that fails keeps its place") {
  std::string text;
  for (const char* second : {"00", "00", "00", "01", "01", "02"}) {
    text += std::string("01-02-2025 00:00:") + second + " RAM 1/2MB CPU [1%@7]\n";
  }
  text += "01-02-2025 00:00:02 RAM 1/2MB CPU [1%@\n# a comment\n\n";
  text += "01-02-2025 00:00:03 RAM 1/2MB CPU [1%@7]\n";
  const TemporaryFile file(text);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  REQUIRE(log.samples.size() == 7);
  CHECK(log.interval_seconds == doctest::Approx(3.0 / 7));
  CHECK(log.samples[2].time_seconds == doctest::Approx(6.0 / 7));
  CHECK(log.samples[6].time_seconds == doctest::Approx(3.0));
  CHECK(log.samples[6].line == 10);
  CHECK(log.samples[6].last_of_run);
  CHECK_FALSE(log.samples[5].last_of_run);
  REQUIRE(log.failures.size() == 1);
  CHECK(log.failures[0].line == 7);
  CHECK(log.first_stamp->seconds == 1735776000.0);
}

TEST_CASE("a gap in the stamps ends a run, and time never turns round") {
  std::string text;
  for (const char* stamp : {"00:00:00", "00:00:01", "00:00:02", "01:00:00", "01:00:01",  //
                            "00:30:00", "00:30:01"}) {
    text += std::string("01-02-2025 ") + stamp + " RAM 1/2MB CPU [1%@7]\n";
  }
  const TemporaryFile file(text);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  REQUIRE(log.samples.size() == 7);
  CHECK(log.interval_seconds == 1.0);
  CHECK(log.samples[2].last_of_run);
  CHECK(log.samples[3].time_seconds == 3600.0);
  CHECK(log.samples[4].last_of_run);
  CHECK(log.samples[5].time_seconds == 3602.0);
  CHECK(log.samples[6].time_seconds == 3603.0);
}

TEST_CASE("lines a little out of order are sorted, and a clock that was set back is told") {
  const std::string line = " RAM 1/2MB CPU [1%@7]\n";
  const TemporaryFile file("1611705800" + line + "1611705801" + line + "1611705803" + line +
                           "1611705802" + line + "1611705804" + line);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  REQUIRE(log.samples.size() == 5);
  CHECK(log.interval_seconds == 1.0);
  CHECK(log.samples[2].line == 4);
  CHECK(log.samples[4].time_seconds == 4.0);
  REQUIRE(log.notes.size() == 1);
  CHECK(log.notes[0].find("1 line stands out of the order of the stamps, line 4 first") == 0);
  const TemporaryFile back("1611705800" + line + "1611705801" + line + "1611702200" + line +
                           "1611702201" + line);
  const TegrastatsLog set_back = read_tegrastats_log(back.path());
  REQUIRE(set_back.notes.size() == 1);
  CHECK(set_back.notes[0].find("line 3: the stamps go back by 3601 s") == 0);
  CHECK(set_back.samples[3].time_seconds == 3.0);
}

TEST_CASE("a line with another number of CPUs than the rest is left out") {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "16117058" + std::to_string(10 + i) + " RAM 1/2MB CPU [1%@7" +
            (i == 7 ? "]\n" : ",2%@7]\n");
  }
  const TemporaryFile file(text);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  CHECK(log.samples.size() == 19);
  REQUIRE(log.failures.size() == 1);
  CHECK(log.failures[0].line == 8);
  CHECK(log.failures[0].reason == "1 CPUs, the others have 2");
  CHECK(log.samples[7].time_seconds == 8.0);
}

TEST_CASE("fine stamps are taken as they are") {
  const std::string line = " RAM 1/2MB CPU [1%@7]\n";
  const TemporaryFile file("1611705800.25" + line + "1611705801.75" + line + "1611705802.0" + line);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  REQUIRE(log.samples.size() == 3);
  CHECK(log.first_stamp->kind == StampKind::kUtc);
  CHECK(log.samples[1].time_seconds == 1.5);
  CHECK(log.samples[2].time_seconds == 1.75);
}

TEST_CASE("times of day go on over midnight") {
  const std::string line = " RAM 1/2MB CPU [1%@7]\n";
  const TemporaryFile file("[23:59:58]" + line + "[23:59:59]" + line + "[00:00:00]" + line +
                           "[00:00:01]" + line);
  const TegrastatsLog log = read_tegrastats_log(file.path());
  REQUIRE(log.samples.size() == 4);
  CHECK(log.samples[3].time_seconds == doctest::Approx(3.0));
  CHECK_FALSE(log.samples[1].last_of_run);
}

TEST_CASE("a given start stands in for stamps") {
  const TemporaryFile file("RAM 1/2MB CPU [1%@7]\nRAM 1/2MB CPU [1%@7]\n");
  const TegrastatsLog log = read_tegrastats_log(file.path(), {1.0, 1611705800.0});
  CHECK(log.first_stamp->seconds == 1611705800.0);
  CHECK(log.first_stamp->kind == StampKind::kUtc);
}

TEST_CASE("unknown tokens are counted over a log, and a cut last line is left out") {
  const std::string line = "RAM 1/2MB CPU [1%@7] ODD thing VDD_IN 4000/3000";
  const TemporaryFile file("\xEF\xBB\xBF" + line + "\r\n" + line + "\r\nRAM 1/2MB CPU [1%@7] VD");
  const TegrastatsLog log = read_tegrastats_log(file.path(), {1.0, {}});
  CHECK(log.samples.size() == 2);
  REQUIRE(log.failures.size() == 1);
  CHECK(log.failures[0].reason == "the file ends within this line");
  REQUIRE(log.unknown.size() == 2);
  CHECK(log.unknown[0].name == "ODD");
  CHECK(log.unknown[0].lines == 2);
  CHECK(log.unknown[0].first_line == 1);
}

TEST_CASE("numbered lines are placed by the interval, and stamps after the numbers count") {
  const std::string line = " RAM 1/2MB CPU [1%@7]\n";
  const TemporaryFile numbered("     1\t" + line + "     2\t" + line + "     3\t" + line);
  const TegrastatsLog log = read_tegrastats_log(numbered.path(), {0.2, {}});
  CHECK(log.samples.at(2).time_seconds == doctest::Approx(0.4));
  CHECK(log.notes.size() == 1);
  CHECK_THROWS_WITH_AS(read_tegrastats_log(numbered.path()),
                       doctest::Contains("the numbers in front are those of the lines"),
                       std::invalid_argument);
  const TemporaryFile found("1:1611705800.5" + line + "2:1611705802.5" + line);
  CHECK(read_tegrastats_log(found.path()).samples.at(1).time_seconds == 2.0);
}

TEST_CASE("a log without stamps needs the interval") {
  const TemporaryFile file("RAM 1/2MB CPU [1%@7]\nRAM 1/2MB CPU [1%@7]\n");
  CHECK_THROWS_WITH_AS(read_tegrastats_log(file.path()),
                       doctest::Contains("its lines carry no time"), std::invalid_argument);
  const TegrastatsLog log = read_tegrastats_log(file.path(), {0.5, {}});
  CHECK(log.samples.at(1).time_seconds == 0.5);
  CHECK_FALSE(log.first_stamp.has_value());
  CHECK_THROWS_AS(read_tegrastats_log(file.path(), {-1.0, {}}), std::invalid_argument);
}

TEST_CASE("a file that is no tegrastats log is refused") {
  CHECK_THROWS_AS(read_tegrastats_log("/nonexistent"), std::system_error);
  const TemporaryFile empty("");
  CHECK_THROWS_WITH_AS(read_tegrastats_log(empty.path()), doctest::Contains("the file is empty"),
                       std::invalid_argument);
  const TemporaryFile other("time,power\n1,2\n");
  CHECK_THROWS_WITH_AS(read_tegrastats_log(other.path()),
                       doctest::Contains("not one tegrastats line"), std::invalid_argument);
  const TemporaryFile one("01-02-2025 00:00:00 RAM 1/2MB CPU [1%@7]\n");
  CHECK_THROWS_AS(read_tegrastats_log(one.path()), std::invalid_argument);
}

TEST_CASE("no mutation of a tegrastats line crashes the parser") {
  std::mt19937_64 random(1);
  TegrastatsLine line;
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto failure =
        parse_tegrastats_line(mutated(i % 2 == 0 ? kJetPack4 : kJetPack7, random), line);
    if (failure) {
      ++refused;
      REQUIRE(failure->column > 0);
      REQUIRE_FALSE(failure->reason.empty());
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("every genuine line parses but the partial one, which is reported") {
  const std::string folder = real_data("tegrastats/lines");
  if (folder.empty()) return;
  std::size_t parsed_lines = 0;
  std::size_t partial_lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path());
    std::string text;
    for (int number = 1; std::getline(stream, text); ++number) {
      if (text.empty() || text[0] == '#') continue;
      TegrastatsLine line;
      const auto failure = parse_tegrastats_line(text, line);
      if (failure) {
        INFO(entry.path().string() << ":" << number << ": " << failure->reason);
        CHECK(entry.path().filename() == "agx-xavier.txt");
        ++partial_lines;
      } else {
        CHECK(line.ram.has_value());
        CHECK(line.find_engine("GR3D_FREQ") != nullptr);
        CHECK(line.temperatures.size() >= 5);
        ++parsed_lines;
      }
    }
  }
  CHECK(parsed_lines == 47);
  CHECK(partial_lines == 1);
}

TEST_CASE("the genuine logs parse to the last line") {
  const std::string nano = real_data("tegrastats/nano_jp4.log");
  if (nano.empty()) return;
  const TegrastatsLog nano_log = read_tegrastats_log(nano, {0.2, {}});
  CHECK(nano_log.samples.size() == 1348);
  CHECK(nano_log.failures.empty());
  const TegrastatsLog xavier = read_tegrastats_log(real_data("tegrastats/xavier_nx_jp5.log"));
  CHECK(xavier.samples.size() == 1291);
  CHECK(xavier.failures.empty());
  CHECK(xavier.samples.back().time_seconds == doctest::Approx(301.0));
}
