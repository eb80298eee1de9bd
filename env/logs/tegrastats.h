// Reads what NVIDIA's tegrastats prints: JetPack 3 to 7, with and without root. Values are found by
// name, never by place (the order of rails and temperatures is discovery order and varies).
// Converted here from MHz, mW, MB to SI. Pure functions and values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/logs/time_stamp.h"

namespace flyball {

struct TegrastatsMemory {
  double used_bytes = 0.0;
  double total_bytes = 0.0;
};

// One entry per possible CPU. `off` and `na` are offline.
struct TegrastatsCpu {
  bool online = false;
  std::optional<double> load;  // 0..1 over the interval before the line; absent while offline
  double frequency_hz = 0.0;   // 0 while offline, and where the line does not say
};

// EMC_FREQ, GR3D_FREQ, VIC, NVENC, APE, ...: each shows a load, a frequency, both, or "off".
struct TegrastatsEngine {
  std::string name;
  bool off = false;
  std::optional<double> load;          // 0..1
  std::vector<double> frequencies_hz;  // one per cluster; empty when not root; 0: not clocked
};

struct TegrastatsTemperature {
  std::string name;
  std::optional<double> celsius;  // absent for -256: the sensor is powered down
};

struct TegrastatsRail {
  std::string name;
  double now_watts = 0.0;
  double average_watts = 0.0;
  std::optional<double> maximum_watts;  // JetPack 7
};

struct TegrastatsLine {
  // tegrastats' own (JetPack 5.1 and later: local time, whole seconds), or what somebody put before
  // it. Of several the first, which somebody wanted.
  std::optional<TimeStamp> stamp;
  std::optional<TegrastatsMemory> ram;
  std::optional<TegrastatsMemory> swap;
  std::optional<TegrastatsMemory> iram;
  std::vector<TegrastatsCpu> cpus;
  std::vector<TegrastatsEngine> engines;
  std::optional<double> mts_foreground;  // 0..1
  std::optional<double> mts_background;
  std::vector<TegrastatsTemperature> temperatures;
  std::vector<TegrastatsRail> rails;
  std::vector<std::string> unknown;  // names of tokens that were not understood

  // Null when the line does not show it.
  const TegrastatsEngine* find_engine(std::string_view name) const;
  const TegrastatsRail* find_rail(std::string_view name) const;
};

// Why a line was not understood; the column counts characters from 1.
struct TegrastatsFailure {
  std::size_t line = 0;  // from 1; 0 when a single line was parsed
  std::size_t column = 0;
  std::string reason;
};

// Fills `line`, or says where it stopped and what was expected there. A token that is not
// understood is named in `unknown` and costs nothing else; a line is refused where it is no text,
// its CPU list is cut or missing, or two lines ran together.
std::optional<TegrastatsFailure> parse_tegrastats_line(std::string_view text, TegrastatsLine& line);

struct TegrastatsSample {
  std::size_t line = 0;       // in the file, from 1
  double time_seconds = 0.0;  // since the first line, spread evenly over the run
  bool last_of_run = false;   // a gap or the end follows
  TegrastatsLine values;
};

struct TegrastatsUnknown {
  std::string name;
  std::size_t lines = 0;
  std::size_t first_line = 0;
};

struct TegrastatsLog {
  std::vector<TegrastatsSample> samples;
  std::vector<TegrastatsFailure> failures;  // lines that did not parse
  std::vector<TegrastatsUnknown> unknown;   // tokens
  // The first line's time: of the kind and scale of its stamp, or what the options say.
  std::optional<TimeStamp> first_stamp;
  double interval_seconds = 0.0;   // mean over the runs
  std::vector<std::string> notes;  // what was done about lines that are odd
};

struct TegrastatsOptions {
  std::optional<double> interval_seconds;  // needed, and only used, where stamps tell none
  std::optional<double> start_seconds;     // since 1970: the first line's time, whatever stamps say
};

// Reads a log. Empty lines and lines that begin with '#' are skipped; lines that do not parse are
// reported, and keep their place in time; a last line that was cut is one of them. Where stamps
// have whole seconds the lines of a run are spread evenly between its first and last stamp; finer
// stamps are taken as they are. Lines without a stamp stand an interval apart beside those that
// have one. The kind of stamps that most lines have counts; many of another kind are a run of their
// own. Numbers of lines are no stamps, and times since the line before are added up. Stamps without
// a date go on over midnight. A run ends where stamps jump by more than five seconds and five usual
// intervals, or where a clock was set back: the next one follows it, at its own pace. Single lines
// out of order are sorted. A line that shows another number of CPUs than nearly all is one that
// does not parse. Throws std::system_error when the file cannot be read, std::invalid_argument
// when no line can be placed in time.
TegrastatsLog read_tegrastats_log(const std::string& path, const TegrastatsOptions& options = {});
// The same of a text that came from `path`.
TegrastatsLog parse_tegrastats_log(const std::string& path, std::string_view text,
                                   const TegrastatsOptions& options = {});

}  // namespace flyball
