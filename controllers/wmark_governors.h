// NVIDIA's devfreq governors that an activity monitor drives: it interrupts where the device's load
// leaves two watermarks, which the governor sets anew after each change. Not thread-safe. Integer
// arithmetic as in the kernel: hertz, permille.
//
// Here the monitor is a look at the load every polling_seconds, about what its average takes.
#pragma once

#include <cstdint>
#include <optional>

#include "controllers/devfreq_load.h"
#include "controllers/resident_domain.h"
#include "env/governor.h"

namespace flyball {

// What the three have in common: the monitor, and a level where its load is outside the watermarks.
class WmarkGovernor : public Governor {
 public:
  void reset(const GovernorScope& scope) override;
  Decision decide(const GovernorInput& input) final;
  // A monitor in hardware: it does not sleep with the CPUs.
  Period period() const final { return {polling_seconds_, false}; }

 protected:
  explicit WmarkGovernor(double polling_seconds) : polling_seconds_(polling_seconds) {}

  // The level for a load in permille at `level`; `level` where it is between the watermarks.
  virtual Level wanted(Level level, std::int64_t load, std::int64_t now_us) = 0;
  const ResidentDomain& domain() const { return *domain_; }
  std::int64_t hz(Level level) const;
  Level last_level() const;

 private:
  double polling_seconds_;
  std::optional<ResidentDomain> domain_;
  DevfreqLoadSampler load_;
};

struct WmarkActiveTunables {
  std::int64_t load_target = 700;        // permille
  std::int64_t load_max = 900;           // permille: from there on the highest frequency
  std::int64_t smooth = 10;              // weight of the average's past against 1
  std::int64_t block_window_us = 50000;  // between two changes
  bool freq_boost_en = true;
  double polling_seconds = 0.025;
};

// wmark_active (JetPack 4 and 5; the video engine's): the frequency that brings the load to its
// target, averaged over its former answers.
class WmarkActiveGovernor final : public WmarkGovernor {
 public:
  explicit WmarkActiveGovernor(const WmarkActiveTunables& tunables = {})
      : WmarkGovernor(tunables.polling_seconds), tunables_(tunables) {}
  std::string_view name() const override { return "wmark_active"; }
  void reset(const GovernorScope& scope) override;

 private:
  Level wanted(Level level, std::int64_t load, std::int64_t now_us) override;
  bool is_between_watermarks(Level level, std::int64_t load) const;
  std::int64_t ideal_hz(Level level, std::int64_t load) const;

  WmarkActiveTunables tunables_;
  std::int64_t average_hz_ = 0;
  std::optional<std::int64_t> last_change_us_;
};

struct WmarkSimpleTunables {
  std::int64_t low_wmark = 100;   // permille: below it one level down
  std::int64_t high_wmark = 600;  // permille: above it one level up
  double polling_seconds = 0.025;
};

// wmark_simple (JetPack 4).
class WmarkSimpleGovernor final : public WmarkGovernor {
 public:
  explicit WmarkSimpleGovernor(const WmarkSimpleTunables& tunables = {})
      : WmarkGovernor(tunables.polling_seconds), tunables_(tunables) {}
  std::string_view name() const override { return "wmark_simple"; }

 private:
  Level wanted(Level level, std::int64_t load, std::int64_t now_us) override;

  WmarkSimpleTunables tunables_;
};

struct TegraWmarkTunables {
  std::int64_t load_target = 800;      // permille
  std::int64_t up_wmark_margin = 100;  // permille on top: there up by up_freq_margin at once
  std::int64_t down_wmark_margin = 100;
  std::int64_t up_freq_margin = 4;  // levels
  std::int64_t down_freq_margin = 1;
  double polling_seconds = 0.025;
};

// tegra_wmark (JetPack 6; the video engine's): one level at the target load, several beyond the
// margin. The lower watermarks are those of the next lower frequency.
class TegraWmarkGovernor final : public WmarkGovernor {
 public:
  explicit TegraWmarkGovernor(const TegraWmarkTunables& tunables = {})
      : WmarkGovernor(tunables.polling_seconds), tunables_(tunables) {}
  std::string_view name() const override { return "tegra_wmark"; }

 private:
  Level wanted(Level level, std::int64_t load, std::int64_t now_us) override;

  TegraWmarkTunables tunables_;
};

}  // namespace flyball
