#include "env/offload/offload_work.h"

#include "env/config/check_fields.h"

namespace flyball {

void validate(const OffloadConfig& offload) {
  check_fields(offload, "offload");
  validate(offload.bandwidth);
}

double edge_factor(const OffloadWork& work, double share) {
  if (share <= 0.0) return 1.0;
  return work.edge_floor + (1.0 - work.edge_floor) * (1.0 - share) + work.attention;
}

double sent_bytes(const OffloadWork& work, double share, std::size_t requests) {
  if (share <= 0.0) return 0.0;
  return static_cast<double>(requests) * (work.header_bytes + share * work.feature_bytes);
}

double answer_seconds(const OffloadWork& work, double share, std::size_t requests) {
  if (share <= 0.0) return 0.0;
  return work.round_trip_seconds + static_cast<double>(requests) * share * work.cloud_seconds;
}

}  // namespace flyball
