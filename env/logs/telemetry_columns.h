// The columns of a telemetry log, listed once: the header row, the writer and the reader visit the
// same list. Private to telemetry_cells.cpp. To add a column, add a line here; env/logs/FORMAT.md
// says what the columns mean.
//
// A column is named GROUP.ITEM.NAME ("domain.gpu.effective_hz"), without the empty ones. Groups
// that a row may lack have a stamp, or a first cell, that is empty then: absent is never written as
// 0. Units are in the names; frequencies are hertz, powers watts, times seconds.
//
// A visitor has:
//   field(group, item, name, pointer)     one cell; a null pointer is a cell of an absent group
//   may_be_empty(group, item, name, pointer)  the same; absent: empty, of a type that has no `?`
//   open(group, Stamped<T>&) -> T*        the group's stamp cell; null when absent
//   resize(T*, size)                      reading: makes room; writing: checks the size
//   open_optional(optional<T>&) -> T*     presence shows in the next cell; null when absent
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "env/logs/telemetry_row.h"

namespace flyball::telemetry_columns {

// The member's address, null when the group is absent.
template <typename Group, typename Member>
auto member(Group* group, Member name) -> decltype(&(group->*name)) {
  return group ? &(group->*name) : nullptr;
}

template <typename Vector>
auto element(Vector* vector, std::size_t i) -> decltype(&(*vector)[i]) {
  return vector ? &(*vector)[i] : nullptr;
}

// Whether the plant's application can send a share of its work to a cloud, or is fine-tuned: then
// it says more.
inline bool has_knob(const PlantDescription& plant, std::string_view name) {
  return std::any_of(plant.knobs.begin(), plant.knobs.end(),
                     [name](const Knob& knob) { return knob.name == name; });
}

template <typename Visitor, typename Application>
void visit_application(Visitor& visit, const PlantDescription& plant, Application* a) {
  using A = ApplicationTelemetry;
  const auto field = [&](std::string_view name, auto pointer) {
    visit.field("application", "", name, pointer);
  };
  field("arrived", member(a, &A::arrived));
  field("served", member(a, &A::served));
  field("missed", member(a, &A::missed));
  field("in_system_seconds", member(a, &A::in_system_seconds));
  field("batches", member(a, &A::batches));
  field("queue_length", member(a, &A::queue_length));
  field("latency_mean_seconds", member(a, &A::latency_mean_seconds));
  field("latency_p95_seconds", member(a, &A::latency_p95_seconds));
  field("latency_max_seconds", member(a, &A::latency_max_seconds));
  field("deadline_seconds", member(a, &A::deadline_seconds));
  field("slack_seconds", member(a, &A::slack_seconds));
  field("batch_recommended", member(a, &A::batch_recommended));
  field("batch_effective", member(a, &A::batch_effective));
  if (has_knob(plant, kOffloadKnob)) {
    field("offload_recommended", member(a, &A::offload_recommended));
    field("offload_effective", member(a, &A::offload_effective));
    field("bandwidth_bits_per_second", member(a, &A::bandwidth_bits_per_second));
    field("top_share", member(a, &A::top_share));
    field("lambda", member(a, &A::lambda));
  }
  if (has_knob(plant, kFineTuningKnob)) {
    field("fine_tuning_recommended", member(a, &A::fine_tuning_recommended));
    field("minibatches", member(a, &A::minibatches));
    field("minibatches_waiting", member(a, &A::minibatches_waiting));
    field("minibatch_seconds", member(a, &A::minibatch_seconds));
  }
  field("finished", member(a, &A::finished));
}

template <typename Visitor, typename TelemetryT>
void visit_telemetry(Visitor& visit, const PlantDescription& plant, TelemetryT* t) {
  using D = DomainTelemetry;
  using C = CpuTelemetry;
  visit.field("", "", "time_seconds", member(t, &Telemetry::time_seconds));

  auto* domains = visit.open("domains", member(t, &Telemetry::domains));
  visit.resize(domains, plant.domains.size());
  for (std::size_t i = 0; i < plant.domains.size(); ++i) {
    const std::string& name = plant.domains[i].name;
    auto* domain = element(domains, i);
    visit.may_be_empty("domain", name, "requested_hz", member(domain, &D::requested_hz));
    visit.may_be_empty("domain", name, "effective_hz", member(domain, &D::effective_hz));
    visit.field("domain", name, "floor_hz", member(domain, &D::floor_hz));
    visit.field("domain", name, "ceiling_hz", member(domain, &D::ceiling_hz));
    visit.field("domain", name, "utilization", member(domain, &D::utilization));
    visit.field("domain", name, "busy_seconds", member(domain, &D::busy_seconds));
  }

  auto* cpus = visit.open("cpus", member(t, &Telemetry::cpus));
  visit.resize(cpus, static_cast<std::size_t>(plant.cpus));
  for (std::size_t i = 0; i < static_cast<std::size_t>(plant.cpus); ++i) {
    const char digits[] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    const std::string_view name(digits + (i < 10 ? 1 : 0), i < 10 ? 1 : 2);
    auto* cpu = element(cpus, i);
    visit.field("cpu", name, "online", member(cpu, &C::online));
    visit.field("cpu", name, "busy_seconds", member(cpu, &C::busy_seconds));
    visit.field("cpu", name, "idle_seconds", member(cpu, &C::idle_seconds));
    visit.field("cpu", name, "iowait_seconds", member(cpu, &C::iowait_seconds));
  }

  auto* rails = visit.open("rails", member(t, &Telemetry::rail_watts));
  visit.resize(rails, plant.rails.size());
  for (std::size_t i = 0; i < plant.rails.size(); ++i) {
    visit.field("rail", plant.rails[i], "watts", element(rails, i));
  }

  visit.field("total", "", "watts", visit.open("total", member(t, &Telemetry::total_watts)));

  auto* zones = visit.open("temperatures", member(t, &Telemetry::temperatures_celsius));
  visit.resize(zones, plant.zones.size());
  for (std::size_t i = 0; i < plant.zones.size(); ++i) {
    visit.field("zone", plant.zones[i], "celsius", element(zones, i));
  }

  visit_application(visit, plant, visit.open("application", member(t, &Telemetry::application)));
}

template <typename Visitor, typename Cost>
void visit_cost(Visitor& visit, std::string_view group, Cost& cost) {
  visit.field(group, "", "seconds", &cost.seconds);
  visit.may_be_empty(group, "", "energy_joules", &cost.energy_joules);
  visit.field(group, "", "in_system_seconds", &cost.in_system_seconds);
  visit.field(group, "", "served", &cost.served);
  visit.field(group, "", "missed", &cost.missed);
}

// `Row` is TelemetryRow, const when writing.
template <typename Visitor, typename Row>
void visit_row(Visitor& visit, const TelemetryLogHeader& header, bool with_snapshot, Row& row) {
  visit_telemetry(visit, header.plant, &row.telemetry);
  visit.field("", "", "period_seconds", &row.period_seconds);
  if (!header.modes.empty()) visit.field("", "", "mode", &row.mode);
  visit.field("", "", "decided", &row.decided);
  visit.field("", "", "decided_by", &row.decided_by);
  visit.field("", "", "probability", &row.probability);
  if (!header.leased_knobs.empty()) {
    auto* setting = visit.open_optional(row.setting);
    visit.resize(setting, header.leased_knobs.size());
    for (std::size_t i = 0; i < header.leased_knobs.size(); ++i) {
      auto* range = element(setting, i);
      visit.field("setting", header.leased_knobs[i], "floor", member(range, &LevelRange::floor));
      visit.field("setting", header.leased_knobs[i], "ceiling",
                  member(range, &LevelRange::ceiling));
    }
  }
  visit.field("", "", "t_as_seconds", &row.t_as_seconds);
  visit.field("", "", "effect_seconds", &row.effect_seconds);
  visit_cost(visit, "before", row.before_effect);
  visit_cost(visit, "after", row.after_effect);
  visit.field("", "", "terminated", &row.terminated);
  visit.field("", "", "truncated", &row.truncated);
  if (with_snapshot) {
    visit.set_prefix("at_effect.");
    visit_telemetry(visit, header.plant, visit.open_optional(row.at_effect));
    visit.set_prefix("");
  }
}

}  // namespace flyball::telemetry_columns
