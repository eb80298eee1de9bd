// What the application says of itself, under /run/flyball/application (see env/jetson/README.md).
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <numeric>

#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr const char* kDirectory = "/run/flyball/application";

void put(std::string& text, const char* key, const std::optional<double>& value) {
  if (value) text += fmt::format("{} {}\n", key, *value);
}

// Of the requests served since the file was last read.
void put_latencies(std::string& text, EmulatedState& state) {
  const std::vector<double>& all = state.engine.truth().latencies_seconds;
  std::vector<double> window(all.begin() + static_cast<std::ptrdiff_t>(state.latencies_reported),
                             all.end());
  state.latencies_reported = all.size();
  if (window.empty()) return;
  std::ranges::sort(window);
  const auto count = static_cast<double>(window.size());
  const auto p95 = static_cast<std::size_t>(std::ceil(0.95 * count)) - 1;
  put(text, "latency_mean_seconds", std::accumulate(window.begin(), window.end(), 0.0) / count);
  put(text, "latency_p95_seconds", window[p95]);
  put(text, "latency_max_seconds", window.back());
}

std::string figures(EmulatedState& state) {
  const ApplicationTelemetry& now = *state.telemetry.application;
  std::string text = fmt::format(
      "stamp_seconds {}\narrived {}\nserved {}\nmissed {}\nin_system_seconds {}\nbatches {}\n"
      "queue_length {}\n",
      state.start_seconds + state.engine.now_seconds() / state.speed, now.arrived, now.served,
      now.missed, now.in_system_seconds, now.batches, now.queue_length);
  put_latencies(text, state);
  put(text, "deadline_seconds", now.deadline_seconds);
  put(text, "slack_seconds", now.slack_seconds);
  if (!state.batch_levels.empty()) put(text, "batch_recommended", state.engine.batch_ceiling());
  put(text, "batch_effective", now.batch_effective);
  return text + fmt::format("finished {}\n", now.finished ? 1 : 0);
}

}  // namespace

void add_application_files(FileTree& tree, EmulatedState& state) {
  const std::string directory = kDirectory;
  tree.add_scratch_directory(directory);  // where an application of the user's may have its link
  tree.add_file(directory + "/telemetry", {[&state](std::string& text) {
                                             text = figures(state);
                                             return 0;
                                           },
                                           {}});
  if (state.batch_levels.empty()) return;
  std::vector<std::string> levels;
  for (const double level : state.batch_levels) levels.push_back(fmt::format("{}", level));
  tree.add_file(directory + "/batch_levels", constant(listed(levels)));
  // Until somebody recommends one, the application takes what it was configured with.
  state.engine.set_batch_ceiling(state.engine.batch_ceiling().value_or(state.batch_levels.back()));
  tree.add_file(directory + "/batch_recommended",
                number_file([&state] { return std::llround(*state.engine.batch_ceiling()); },
                            [&state](long long requests) {
                              const auto level = static_cast<double>(requests);
                              const auto& known = state.batch_levels;
                              if (std::ranges::find(known, level) == known.end()) return EINVAL;
                              state.engine.set_batch_ceiling(level);
                              return 0;
                            }));
}

}  // namespace flyball
