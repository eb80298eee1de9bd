// The plant: what is governed - a board plus the application on it.
//
// Not thread-safe: one thread reads, sleeps and applies. Implementations: SimPlant (env/sim) and
// JetsonPlant (env/jetson); both pass tests/contracts/plant_contract.h.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "env/knob.h"
#include "env/telemetry.h"
#include "env/timeline.h"

namespace flyball {

// What a plant consists of; constant after construction, but for the limits.
struct PlantDescription {
  std::string board;  // "xavier-nx-8gb"
  std::vector<Domain> domains;
  std::vector<Knob> knobs;
  // Per knob: the levels that board, mode and floor allow. On a real board others may change them
  // at any time (nvpmodel, a user); they are looked at with each reading.
  std::vector<LevelRange> limits;
  std::vector<std::string> rails;
  std::vector<std::string> zones;
  int cpus = 0;                  // possible CPUs
  bool has_application = false;  // telemetry carries the application group
};

// What is no device error, and yet the setting is not in force.
enum class PlantError {
  kSteppedAside = 1,  // somebody else insists on values of their own: the residents govern for now
};

const std::error_category& plant_category() noexcept;
std::error_code make_error_code(PlantError error) noexcept;

// Nobody may write here, now or later: not root, or a file system mounted read-only.
bool is_refusal(const std::error_code& error) noexcept;

// How a lease reaches the plant that granted it. Private to plants and ControlLease.
class LeaseGrant {
 public:
  virtual ~LeaseGrant() = default;  // gives the clocks back exactly as they were found
  // Asks for `setting` (one range per leased knob, in the lease's order), moved into the plant's
  // limits by clamped() of env/knob.h: a floor above its ceiling is lowered to it. Errors leave the
  // former setting in force, except PlantError::kSteppedAside: then the residents govern, and
  // asking again is right.
  [[nodiscard]] virtual std::error_code apply(const Setting& setting) noexcept = 0;
};

// The only way to move a knob: a move-only loan of some knobs. Its destructor gives them back.
class ControlLease {
 public:
  ControlLease() = default;
  ControlLease(std::vector<std::size_t> knobs, std::unique_ptr<LeaseGrant> grant)
      : knobs_(std::move(knobs)), grant_(std::move(grant)) {}

  bool is_held() const { return grant_ != nullptr; }
  std::span<const std::size_t> knobs() const { return knobs_; }
  // Requires: is_held() and setting.size() == knobs().size().
  [[nodiscard]] std::error_code apply(const Setting& setting) noexcept {
    return grant_->apply(setting);
  }
  void release() { grant_.reset(); }

 private:
  std::vector<std::size_t> knobs_;
  std::unique_ptr<LeaseGrant> grant_;
};

class Plant {
 public:
  virtual ~Plant() = default;
  virtual const PlantDescription& description() const = 0;
  virtual Timeline& timeline() = 0;
  // Fills `telemetry` with what the plant shows now. Groups that cannot be read are cleared; the
  // error names the first failure of a group that is normally there.
  [[nodiscard]] virtual std::error_code read(Telemetry& telemetry) noexcept = 0;
  // Lends the knobs (indices into description().knobs). The residents of their domains go on
  // running, inside the lease's floor and ceiling. Throws std::invalid_argument for an unknown
  // knob, std::logic_error when a knob is already lent, std::system_error when the state to be
  // restored cannot be saved. The plant must outlive the lease.
  virtual ControlLease lease(std::span<const std::size_t> knobs) = 0;
};

// What an application's knob was asked for last; absent where it was not.
std::optional<double> application_value(const Knob& knob, const ApplicationTelemetry& application);

// The effective level of a knob: of its fastest domain, or what the application was asked for.
// Absent when the telemetry does not tell.
std::optional<Level> effective_level(const Knob& knob, const Telemetry& telemetry);
std::optional<Level> requested_level(const Knob& knob, const Telemetry& telemetry);

// Throws std::invalid_argument naming what is inconsistent.
void validate(const PlantDescription& description);

}  // namespace flyball

template <>
struct std::is_error_code_enum<flyball::PlantError> : std::true_type {};
