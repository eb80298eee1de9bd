#include "tools/evaluation/chrome_trace.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tools/reports/evaluation_report.h"

namespace flyball {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kBatchRow = 1;  // thread ids; clocks follow
constexpr int kFirstClockRow = 2;

double micros(double seconds) { return 1e6 * seconds; }

// The events of one process, one per line of the document.
class Events {
 public:
  Events(std::size_t process, std::vector<std::string>& lines)
      : process_(process + 1), lines_(lines) {}

  void name_process(const std::string& name) {
    add({{"ph", "M"}, {"name", "process_name"}, {"args", {{"name", name}}}});
  }
  void name_row(int row, const std::string& name) {
    add({{"ph", "M"}, {"name", "thread_name"}, {"tid", row}, {"args", {{"name", name}}}});
    add({{"ph", "M"},
         {"name", "thread_sort_index"},
         {"tid", row},
         {"args", {{"sort_index", row}}}});
  }
  void span(int row, const std::string& name, double from_seconds, double until_seconds) {
    add({{"ph", "X"},
         {"name", name},
         {"tid", row},
         {"ts", micros(from_seconds)},
         {"dur", micros(until_seconds - from_seconds)}});
  }
  void counter(const std::string& name, const char* unit, double seconds, double value) {
    add({{"ph", "C"}, {"name", name}, {"ts", micros(seconds)}, {"args", {{unit, value}}}});
  }

 private:
  void add(Json event) {
    event["pid"] = process_;
    lines_.push_back(event.dump());
  }

  std::size_t process_;
  std::vector<std::string>& lines_;
};

// A counter says a value only where it is another one.
class Counter {
 public:
  Counter(std::string name, const char* unit) : name_(std::move(name)), unit_(unit) {}
  void tell(Events& events, double seconds, double value) {
    if (last_ == value) return;
    last_ = value;
    events.counter(name_, unit_, seconds, value);
  }

 private:
  std::string name_;
  const char* unit_;
  std::optional<double> last_;
};

void add_counters(const RunTimeline& timeline, Events& events) {
  Counter power("power", "W");
  Counter queue("requests in the system", "requests");
  Counter heat("junction", "C");
  std::vector<Counter> clocks;
  for (const Domain& domain : timeline.domains) clocks.emplace_back(domain.name, "MHz");
  for (const TimelineMoment& moment : timeline.moments) {
    power.tell(events, moment.seconds, moment.watts);
    queue.tell(events, moment.seconds, static_cast<double>(moment.in_system));
    heat.tell(events, moment.seconds, moment.celsius);
    for (std::size_t d = 0; d < clocks.size(); ++d) {
      clocks[d].tell(events, moment.seconds, 1e-6 * moment.hertz[d]);
    }
  }
}

std::string work_name(const TimelineMoment& moment) {
  if (moment.work == WorkKind::kServing) {
    return moment.batch > 0 ? fmt::format("batch of {}", moment.batch) : std::string();
  }
  return to_text(moment.work);
}

// What the server is at. A batch that follows another of the same size is a span of its own.
void add_batches(const RunTimeline& timeline, Events& events) {
  std::string name;
  double since = 0.0;
  std::uint64_t batches = 0;
  const auto close = [&](double seconds) {
    if (!name.empty()) events.span(kBatchRow, name, since, seconds);
  };
  for (const TimelineMoment& moment : timeline.moments) {
    const std::string now = work_name(moment);
    if (now == name && moment.batches == batches) continue;
    close(moment.seconds);
    name = now;
    since = moment.seconds;
    batches = moment.batches;
  }
  close(timeline.end_seconds);
}

std::string setting_name(const Domain& domain, const LevelRange& range) {
  const double floor = 1e-6 * domain.frequencies_hz[range.floor];
  const double ceiling = 1e-6 * domain.frequencies_hz[range.ceiling];
  return range.is_pinned() ? fmt::format("{:g} MHz", ceiling)
                           : fmt::format("{:g}-{:g} MHz", floor, ceiling);
}

void add_settings(const RunTimeline& timeline, std::size_t d, Events& events) {
  const int row = kFirstClockRow + static_cast<int>(d);
  const Domain& domain = timeline.domains[d];
  events.name_row(row, "setting of " + domain.name);
  std::optional<LevelRange> range;
  double since = 0.0;
  for (const TimelineMoment& moment : timeline.moments) {
    if (range && *range == moment.settings[d]) continue;
    if (range) events.span(row, setting_name(domain, *range), since, moment.seconds);
    range = moment.settings[d];
    since = moment.seconds;
  }
  if (range) events.span(row, setting_name(domain, *range), since, timeline.end_seconds);
}

}  // namespace

std::string chrome_trace(const std::vector<TracedRun>& runs) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Events events(i, lines);
    events.name_process(runs[i].name);
    events.name_row(kBatchRow, "server");
    add_batches(runs[i].timeline, events);
    for (std::size_t d = 0; d < runs[i].timeline.domains.size(); ++d) {
      add_settings(runs[i].timeline, d, events);
    }
    add_counters(runs[i].timeline, events);
  }
  return fmt::format("{{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n{}\n]}}\n",
                     fmt::join(lines, ",\n"));
}

}  // namespace flyball
