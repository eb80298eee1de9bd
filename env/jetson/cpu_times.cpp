#include "env/jetson/cpu_times.h"

#include <unistd.h>

#include <charconv>

#include "env/jetson/jetson_error.h"

namespace flyball {

namespace {

// user nice system idle iowait irq softirq steal; guest times are inside user and nice.
constexpr std::size_t kColumns = 8;
constexpr std::size_t kIdle = 3;
constexpr std::size_t kIowait = 4;

// Takes the next number off `text`; false when there is none.
bool next(std::string_view& text, double& number) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  long long ticks = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), ticks);
  if (result.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  number = static_cast<double>(ticks);
  return true;
}

bool parse_line(std::string_view line, double seconds_per_tick, std::span<CpuTelemetry> cpus) {
  double cpu = 0.0;
  line.remove_prefix(3);                                                      // "cpu"
  if (line.empty() || line.front() == ' ' || !next(line, cpu)) return false;  // the sum of all
  const auto index = static_cast<std::size_t>(cpu);
  if (index >= cpus.size()) return false;
  std::array<double, kColumns> ticks{};
  for (double& column : ticks) {
    if (!next(line, column)) break;  // older kernels have fewer columns
  }
  double busy = 0.0;
  for (std::size_t c = 0; c < kColumns; ++c) {
    if (c != kIdle && c != kIowait) busy += ticks[c];
  }
  cpus[index] = {true, busy * seconds_per_tick, ticks[kIdle] * seconds_per_tick,
                 ticks[kIowait] * seconds_per_tick};
  return true;
}

}  // namespace

CpuTimes::CpuTimes(const std::string& root)
    : file_(root + "/proc/stat"),
      seconds_per_tick_(1.0 / static_cast<double>(sysconf(_SC_CLK_TCK))) {}

FileError CpuTimes::read(std::span<CpuTelemetry> cpus) noexcept {
  std::string_view text;
  std::error_code error = file_.read(buffer_, text);
  if (!error) error = parse_cpu_times(text, seconds_per_tick_, cpus);
  return {error, file_.path().c_str()};
}

std::error_code parse_cpu_times(std::string_view text, double seconds_per_tick,
                                std::span<CpuTelemetry> cpus) noexcept {
  for (CpuTelemetry& cpu : cpus) cpu.online = false;
  bool any = false;
  while (text.starts_with("cpu")) {
    const std::size_t end = text.find('\n');
    any |= parse_line(text.substr(0, end), seconds_per_tick, cpus);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return any ? std::error_code{} : JetsonError::kIncomplete;
}

}  // namespace flyball
