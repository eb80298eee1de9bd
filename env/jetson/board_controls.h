// The board's controls as one process holds them: every domain and the application's batch.
//
// Others write the limits, too: nvpmodel, jetson_clocks, a thermal cap, a user. What reads
// differently from how we left it is taken over at once, as the limit and as what is put back at
// the end, and told. Who writes against us again and again gets the clocks: everything is given
// back until it has been quiet. Where the board is hot, ceilings are lowered whatever was asked for
// (thermal_shield.h), and where no zone can be read any more the kernel has the clocks, too. Not
// thread-safe. Setting allocates nothing.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "env/jetson/board_lock.h"
#include "env/jetson/clock_keeper.h"
#include "env/jetson/domain_control.h"
#include "env/jetson/thermal_shield.h"

namespace flyball {

// Says something to whoever runs the daemon: one line, without its end.
using Teller = std::function<void(std::string_view line)>;

// When somebody else is let have the clocks.
struct YieldRule {
  std::size_t changes = 3;  // of one control within the window
  double window_seconds = 60.0;
  double quiet_seconds = 60.0;  // without a change, before we come back
};

// A knob as it is set: each level with the board's own frequency for it.
struct ControlledKnob {
  std::string name;
  std::vector<double> levels;        // hertz on this board, or requests
  std::vector<std::size_t> domains;  // empty: the application's
};

struct ControlSet {
  std::unique_ptr<HeldTable> table = std::make_unique<HeldTable>();
  std::vector<std::unique_ptr<DomainControl>> domains;  // null: a CPU policy that is offline
  std::unique_ptr<ControlFile> batch;                   // null: the application takes none
  std::vector<ControlledKnob> knobs;
};

class BoardControls final : public ClockKeeper, private ChangeListener {
 public:
  // The caller holds the board's lock as long as this object lives. Looks at every control once;
  // one that cannot be read is left alone, and cannot be lent.
  BoardControls(const std::string& root, std::unique_ptr<Backup> backup, ControlSet controls,
                YieldRule rule, Teller tell);

  const KeeperState& state() const override { return state_; }
  void lend(std::span<const std::size_t> knobs) override;
  [[nodiscard]] std::error_code apply(std::span<const std::size_t> knobs,
                                      const Setting& setting) noexcept override;
  // A control that nobody was lent is looked at every 0.5 s while others are.
  void look(double now_seconds) noexcept override;
  void give_back(std::span<const std::size_t> knobs) noexcept override;

  // When what follows happens, where no look() says so: the guard's apply is its look.
  void set_time(double now_seconds) noexcept { now_seconds_ = now_seconds; }
  // Everything that is held, in whatever state: for who comes after a process that died.
  void give_back_all() noexcept;
  bool is_held() const { return held_; }
  std::size_t knob_count() const { return controls_.knobs.size(); }
  std::size_t level_count(std::size_t knob) const { return controls_.knobs[knob].levels.size(); }
  bool is_lent(std::size_t knob) const { return lent_[knob]; }
  // From now on no ceiling is higher than it allows. Before anything is lent.
  void set_shield(ThermalShield shield);
  // For a process that was forked from the one that made this object.
  void set_teller(Teller tell) { tell_ = std::move(tell); }
  // The file that holds a knob at a single frequency; empty: it has a range.
  std::string pinned_file(std::size_t knob) const;

 private:
  struct Unusable {  // a control that could not be opened
    std::error_code code;
    std::string file;
  };
  struct Watched {                // one control and those who write it
    std::vector<double> changes;  // times of the last ones, a ring
    std::size_t count = 0;
    double told_seconds = -1e9;
  };

  void hold_all();
  void save();
  void give_up(std::size_t d, const FileError& error);
  void require_usable(std::size_t knob) const;
  void note_turned() noexcept;
  void collect_records();
  void changed(const std::string& file, long long value) noexcept override;
  void look_now() noexcept;
  void look_at_all() noexcept;
  void update_limits() noexcept;
  LevelRange open_limits_of(const ControlledKnob& knob) const noexcept;
  LevelRange limits_of(std::size_t k) const noexcept;
  bool somebody_insists() const noexcept;
  void look_at_heat() noexcept;
  void move_hot_ceilings(bool down) noexcept;
  void step_aside(const char* why) noexcept;
  void come_back() noexcept;
  void renew_backup() noexcept;
  void enforce() noexcept;
  FileError set_knob(std::size_t knob, LevelRange range) noexcept;
  FileError set_domains(std::size_t knob, LevelRange range) noexcept;
  std::error_code failed(const FileError& error) noexcept;
  void put_back(std::size_t knob);
  void put_back_batch();
  void note_result(const FileError& error);
  void tidy_up();
  template <typename... Args>
  void say(const char* format, Args&&... args) noexcept;

  std::string root_;
  std::unique_ptr<Backup> backup_;
  ControlSet controls_;
  YieldRule rule_;
  Teller tell_;
  KeeperState state_;
  std::vector<BackupRecord> records_;
  std::vector<bool> lent_;                         // per knob
  std::vector<std::optional<LevelRange>> wanted_;  // per knob, as asked for last
  std::vector<bool> is_turned_;                    // per domain: lent, or nothing is
  std::vector<bool> is_gone_;                      // per domain, at the last look
  std::vector<Watched> watched_;                   // per domain
  std::vector<std::optional<Unusable>> unusable_;  // per domain, then the batch
  std::vector<bool> is_waited_for_;                // per domain: was offline when it was put back
  std::optional<std::size_t> looked_at_;           // the domain whose listener we are
  bool held_ = false;
  bool any_change_ = false;
  std::optional<double> quiet_since_;  // while we stand aside
  std::optional<ThermalShield> shield_;
  std::vector<Level> hot_ceilings_;  // per knob, while the shield is some steps down
  double now_seconds_ = 0.0;
  double all_seconds_ = -1e9;  // when all was looked at
};

}  // namespace flyball
