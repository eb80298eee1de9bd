// Telemetry logs that were cut, changed or never whole.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "env/logs/log_error.h"
#include "env/logs/telemetry_log.h"
#include "tests/env/logs/sample_telemetry.h"
#include "tests/env/logs/telemetry_file.h"

using namespace flyball;

namespace {

ReadBack read_text(const std::string& text) { return read_back(TemporaryFile(text).path()); }

// What reading `text` complains of, without the file's name.
std::string complaint(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_telemetry_log(file.path());
  } catch (const LogError& error) {
    const std::string what = error.what();
    REQUIRE(what.rfind(file.path() + ":", 0) == 0);
    return what.substr(file.path().size() + 1);
  }
  return "nothing";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// A log whose one row has every group, at round numbers.
std::string plain_log() {
  TelemetryRow row;
  row.telemetry.time_seconds = 7.5;
  row.telemetry.total_watts.refill(7.5) = 4.25;
  row.period_seconds = 0.25;
  return log_text(small_header(), {row});
}

}  // namespace

TEST_CASE(
    "a log ends with a mark that counts its rows, and a cut one is said wherever it was cut") {
  std::mt19937_64 random(7);
  const std::string whole = log_text(small_header(), random_rows(random, 2));
  REQUIRE(whole.ends_with("\n# end rows=2\n"));
  CHECK(read_text(whole).warning.empty());
  const std::size_t mark = whole.find("# end rows");
  const std::size_t last_row = whole.rfind('\n', mark - 2) + 1;
  const std::string missing = "the end mark is missing (its writer was killed, or still writes)";
  CHECK(read_text(whole.substr(0, mark)).rows == 2);
  CHECK(read_text(whole.substr(0, mark)).warning == "cut after 2 rows: " + missing);
  CHECK(read_text(whole.substr(0, last_row)).warning == "cut after 1 rows: " + missing);
  const auto line = static_cast<int>(std::count(whole.begin(), whole.end(), '\n'));
  for (const std::size_t cut : {last_row + 1, last_row + 40, mark - 1}) {
    const ReadBack back = read_text(whole.substr(0, cut));
    CHECK(back.rows == 1);
    CHECK(back.warning ==
          "cut in line " + std::to_string(line - 1) + ", which is left out; 1 rows are used");
  }
  CHECK(read_text(whole.substr(0, whole.size() - 1)).rows == 2);
  CHECK(read_text(whole.substr(0, whole.size() - 1)).warning.starts_with("cut in line "));
}

TEST_CASE("an end mark that cannot be true is refused") {
  const std::string good = plain_log();
  CHECK(complaint(replaced(good, "rows=1", "rows=7"))
            .find("the end mark counts 7 rows, above it are 1: rows were removed or added") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "rows=1", "rows=-1")).find("expected a number of rows") !=
        std::string::npos);
  CHECK(complaint(good + "1,2,3\n").find("nothing may follow the end mark") != std::string::npos);
  CHECK(complaint(good + good).find("a second log begins here") != std::string::npos);
}

TEST_CASE(
    "a log that is compressed, in UTF-16 or holds NULs is told as what it is, in plain text") {
  CHECK(complaint("\x1f\x8b\x08 and more\n").starts_with("1:1: this is compressed with gzip"));
  CHECK(complaint(std::string("\xFF\xFE#\0 \0\n\0", 8)).starts_with("1:1: this is UTF-16"));
  const std::string good = plain_log();
  const std::string nuls = good.substr(0, good.find("# end rows")) + std::string(300, '\0') + "\n";
  const std::string error = complaint(nuls);
  CHECK(error.find("expected") != std::string::npos);
  CHECK(error.find('\0') == std::string::npos);
  CHECK(error.size() < 400);
}

TEST_CASE("a log of a writer that sets no end marks is read in silence") {
  std::string text = replaced(plain_log(), "# end_mark yes\n", "");
  text = replaced(text, "# end rows=1\n", "");
  CHECK(read_text(text).rows == 1);
  CHECK(read_text(text).warning.empty());
}

TEST_CASE("malformed headers are refused with line and column") {
  const std::string good = plain_log();
  CHECK(complaint(good) == "nothing");
  CHECK(complaint("") == "1:1: not a telemetry log: expected '# flyball-telemetry-log 1'");
  CHECK(complaint("time,power\n") ==
        "1:1: not a telemetry log: expected '# flyball-telemetry-log 1'");
  CHECK(complaint(replaced(good, "log 1", "log 9")) ==
        "1:3: not a telemetry log of this version: expected 'flyball-telemetry-log 1'");
  CHECK(complaint(replaced(good, "# cpus 2", "# cpus two")) ==
        "7:8: cpus: 'two': expected a number");
  CHECK(complaint(replaced(good, "# rail ", "# rale "))
            .find("'rale': no entry of a telemetry log's header") != std::string::npos);
  CHECK(complaint(replaced(good, "kind=gpu", "kind=npu"))
            .find("domain: 'npu': expected cpu, gpu or emc") != std::string::npos);
  CHECK(complaint(replaced(good, "frequencies_hz=100000000,200000000",
                           "frequencies_hz=200000000,100000000"))
            .find("must be above the entry before it") != std::string::npos);
  CHECK(complaint(replaced(good, "# mode 5 cpu=1,1", "# mode 5 cpu=1,3"))
            .find("mode: '1,3': expected a floor and a ceiling, levels of cpu") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "# mode 5 cpu=1,1 ", "# mode 5 "))
            .find("mode: expected limits of every knob, each once") != std::string::npos);
  CHECK(complaint(replaced(good, "# leased gpu", "# leased npu")).find("no knob \"npu\"") !=
        std::string::npos);
  CHECK(complaint(replaced(good, "period_seconds:f64", "period_seconds:f32"))
            .find("'period_seconds:f32': expected 'period_seconds:f64'") != std::string::npos);
}

TEST_CASE("malformed rows are refused with line, column, name and what was expected") {
  const std::string good = plain_log();
  const auto rows_line = static_cast<int>(std::count(good.begin(), good.end(), '\n')) - 1;
  const std::string line = std::to_string(rows_line) + ":";
  const auto in_row = [&](const std::string& from, const std::string& to) {
    const std::size_t row = good.rfind('\n', good.rfind("\n# end") - 1) + 1;
    return complaint(good.substr(0, row) + replaced(good.substr(row), from, to));
  };
  CHECK(in_row("7.5,", "x7.5,") == line + "1: time_seconds:f64: 'x7.5': expected a number");
  CHECK(in_row("7.5,", "nan,") == line + "1: time_seconds:f64: 'nan': expected a finite number");
  CHECK(in_row("7.5,", ",") == line + "1: time_seconds:f64: '': expected a number");
  CHECK(
      in_row("7.5,,", "7.5,,5").find("domain.cpu0.requested_hz:f64: '5': expected an empty cell") !=
      std::string::npos);
  CHECK(in_row("resident", "ondemand").find("'ondemand': expected resident, policy or random") !=
        std::string::npos);
  CHECK(in_row(",0,resident", ",2,resident").find("decided:bool: '2': expected 0 or 1") !=
        std::string::npos);
  CHECK(in_row(",0,0\n", "\n").find("the row ends after") != std::string::npos);
  CHECK(in_row(",0,0\n", ",0,0,0\n").find("more than the header's") != std::string::npos);
  CHECK(in_row(",0,resident,,,,,,", ",0,resident,,0,7,0,0,")
            .find("setting.gpu: level 7 is not below 2") != std::string::npos);
}

TEST_CASE("no mutation of a telemetry log crashes the reader") {
  std::mt19937_64 random(5);
  std::vector<TelemetryRow> rows = random_rows(random, 3, true);
  rows[0].at_effect.emplace();
  const std::string good = log_text(small_header(), rows);
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    const TemporaryFile file(mutated(good, random));
    try {
      read_telemetry_log(file.path());
    } catch (const LogError&) {
      ++refused;
    }
  }
  CHECK(refused > 500);
}
