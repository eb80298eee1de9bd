// The requests in the system: groups that arrive, pieces that are prepared and become ready, the
// batch in service, and what became of them. Not thread-safe; time arrives as an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "env/sim/fifo_queue.h"
#include "env/sim/sim_config.h"
#include "env/sim/sim_truth.h"

namespace flyball {

// Some requests of one group.
struct GroupPiece {
  std::uint32_t group = 0;  // slot of the group
  std::size_t requests = 0;
};

class RequestQueue {
 public:
  explicit RequestQueue(Completion completion) : completion_(completion) {}

  void arrive(double now_seconds, std::size_t requests, std::optional<double> limit_seconds);

  bool has_unprepared() const { return !unprepared_.empty(); }
  // The next piece to prepare, of at most `limit` requests. Requires: has_unprepared().
  GroupPiece take_unprepared(std::optional<std::size_t> limit);
  std::size_t group_size(GroupPiece piece) const { return groups_[piece.group].size; }
  // The piece will be ready at `ready_seconds`.
  void prepared(GroupPiece piece, double ready_seconds);
  // When the next prepared piece becomes ready; infinity if none will.
  double next_ready_seconds() const;
  // Moves what is ready by now to the waiting line.
  void make_ready(double now_seconds);

  std::size_t waiting() const { return waiting_; }
  // Requests of the piece at the head of the waiting line. Requires: waiting() > 0.
  std::size_t first_piece() { return ready_.front().requests; }
  std::size_t in_system() const { return in_system_; }
  // Takes the first `requests` that wait into service. Requires: requests <= waiting().
  void start_batch(std::size_t requests);
  // The batch in service is done; writes latencies and counts into `truth`. Returns how many
  // requests left the system.
  std::size_t complete_batch(double now_seconds, SimTruth& truth);

  // Integrates the number in the system up to now.
  void settle(double now_seconds, SimTruth& truth);
  std::optional<double> smallest_limit_seconds() const;
  std::optional<double> smallest_slack_seconds(double now_seconds) const;

 private:
  struct Group {
    double arrival_seconds = 0.0;
    std::optional<double> limit_seconds;
    std::size_t size = 0;
    std::size_t unprepared = 0;
    std::size_t left = 0;  // 0: the slot is free
  };
  struct Pending {
    double ready_seconds = 0.0;
    std::uint64_t sequence = 0;
    GroupPiece piece;
    // Orders a heap whose top is ready first, in order of preparation on a tie.
    friend bool operator<(const Pending& a, const Pending& b) {
      return a.ready_seconds != b.ready_seconds ? a.ready_seconds > b.ready_seconds
                                                : a.sequence > b.sequence;
    }
  };

  void leave(double now_seconds, const Group& group, std::size_t requests, SimTruth& truth);

  Completion completion_;
  std::vector<Group> groups_;  // slots, used again
  std::vector<std::uint32_t> free_slots_;
  FifoQueue<std::uint32_t> unprepared_;
  std::vector<Pending> pending_;  // a heap
  FifoQueue<GroupPiece> ready_;
  std::vector<GroupPiece> in_service_;
  std::size_t waiting_ = 0;
  std::size_t in_system_ = 0;
  double settled_seconds_ = 0.0;
  std::uint64_t sequence_ = 0;
};

}  // namespace flyball
