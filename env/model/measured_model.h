// The work model made of measurements: seconds and watts over GPU frequency and batch. Constant.
//
// Between measured frequencies and batches values are interpolated linearly; beyond the largest
// batch the last interval is extended, beyond the frequencies the nearest one counts. CPU and
// memory clocks change nothing: such sweeps do not move them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "env/board.h"
#include "env/config/bounds.h"
#include "env/config/fields.h"
#include "env/model/work_model.h"

namespace flyball {

// a + b n seconds.
struct AffineSeconds {
  double fixed = 0.0;
  double per_request = 0.0;
  double operator()(double requests) const { return fixed + per_request * requests; }
};
template <typename Visitor, FieldsOf<AffineSeconds> Config>
void visit(Visitor& field, Config& seconds) {
  field({"fixed", "s", at_least(0), "in any case"}, seconds.fixed);
  field({"per_request", "s", at_least(0), "on top, per request"}, seconds.per_request);
}

struct MeasuredTable {
  std::vector<double> frequencies_hz;           // GPU, ascending
  std::vector<double> batches;                  // ascending; requests, need not be whole
  std::vector<std::vector<double>> seconds;     // [frequency][batch]: accelerator, per batch
  std::vector<std::vector<double>> busy_watts;  // [frequency][batch]: module while it runs
  std::vector<double> idle_watts;               // [frequency]: module, GPU powered and idle
  double railgated_watts = 0.0;                 // module, GPU railgated
  double preparing_watts = 0.0;                 // on top, while the preparing thread works
  std::optional<std::size_t> piece;             // requests prepared as one piece; absent: a group
  AffineSeconds prepare;                        // preparing thread, n = requests of the piece
  AffineSeconds overlapped;                     // after it, beside all else, n = of the group
  AffineSeconds blocking;                       // host part that holds the server, n = of the batch
  double cpu_preparing = 1.0;                   // cores busy while preparing
  double cpu_host = 1.0;                        // cores busy in the blocking host part
  double cpu_accelerator = 0.0;                 // cores busy while the accelerator works
  std::vector<double> rail_shares;  // of the module's watts, per rail of the board; a total rail: 1
};
// But for the table itself, which a file of its own holds.
template <typename Visitor, FieldsOf<MeasuredTable> Config>
void visit(Visitor& field, Config& table) {
  field({"idle_watts", "W", at_least(0), "one per frequency", Need::kRequired}, table.idle_watts);
  field({"railgated_watts", "W", at_least(0), "of the module with its GPU off", Need::kRequired},
        table.railgated_watts);
  field({"rail_shares", "", at_least(0), "of the module's power, one per rail of the board",
         Need::kRequired},
        table.rail_shares);
  field({"piece", "requests", requests_range(), "prepared at once; absent: the group"},
        table.piece);
  field({"prepare", "", {}, "the preparing thread, per piece"}, table.prepare);
  field({"overlapped", "", {}, "after it, beside all else, per group"}, table.overlapped);
  field({"blocking", "", {}, "the host's part, which holds the server, per batch"}, table.blocking);
  field({"preparing_watts", "W", at_least(0), "on top, while the preparing thread works"},
        table.preparing_watts);
  field({"cpu_preparing", "cores", within(0, 1), "busy while preparing"}, table.cpu_preparing);
  field({"cpu_host", "cores", within(0, 1), "busy in the host's part"}, table.cpu_host);
  field({"cpu_accelerator", "cores", within(0, 1), "busy while the accelerator works"},
        table.cpu_accelerator);
}

// Throws std::invalid_argument naming the key at fault ("table.seconds[3][2]").
void validate(const MeasuredTable& table, const Board& board);

class MeasuredModel final : public WorkModel {
 public:
  // Throws std::invalid_argument when table and board do not fit together.
  MeasuredModel(const Board& board, MeasuredTable table);

  std::optional<std::size_t> piece_limit() const override { return table_.piece; }
  Preparation preparation(std::size_t group, std::size_t piece,
                          const OperatingPoint& point) const override;
  BatchWork batch_work(std::size_t requests, const OperatingPoint& point) const override;
  void rail_watts(const BoardState& state, std::span<double> watts) const override;

  const MeasuredTable& table() const { return table_; }

 private:
  double module_watts(const BoardState& state) const;

  MeasuredTable table_;
  std::size_t gpu_domain_ = 0;
};

}  // namespace flyball
