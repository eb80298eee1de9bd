// One request's way through the edge, and what became of it. Values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "env/config/fields.h"

namespace flyball {

// Where an answer came from. All but the first two are the edge's alone although a share was to be
// sent.
enum class AnswerSource : std::uint8_t {
  kFused,
  kLocal,        // nothing was to be sent
  kLate,         // the remote part did not answer in time
  kUnavailable,  // there was no connection, or none that is trusted
  kRefused,      // the server said no
  kResting,      // it failed before and is left alone for a while; not sent
  kNoTime,       // the deadline was over, or nearly, before anything could be sent
};
inline constexpr std::size_t kAnswerSources = 7;

constexpr auto words(AnswerSource) {
  return std::array{
      Word{"fused", AnswerSource::kFused},     Word{"local", AnswerSource::kLocal},
      Word{"late", AnswerSource::kLate},       Word{"unavailable", AnswerSource::kUnavailable},
      Word{"refused", AnswerSource::kRefused}, Word{"resting", AnswerSource::kResting},
      Word{"no_time", AnswerSource::kNoTime}};
}

// The edge's own time in its stages.
struct EdgeSeconds {
  double extractor = 0.0;
  double attention = 0.0;  // SCAM: equations 4 to 6, and the channels' importance
  double sending = 0.0;    // choice, int8, message
  double local = 0.0;      // while the message is on its way
  double fusing = 0.0;

  double sum() const { return extractor + attention + sending + local + fusing; }
  // Before the message is on its way.
  double until_sent() const { return extractor + attention + sending; }
};

struct EdgeAnswer {
  AnswerSource source = AnswerSource::kLocal;
  std::size_t label = 0;
  std::size_t sent_channels = 0;
  EdgeSeconds edge;
  double remote_seconds = 0.0;   // from sending to the answer; of kFused alone
  double compute_seconds = 0.0;  // of these, the cloud's own; 0 where it does not tell
  std::size_t sent_bytes = 0;    // of messages, whatever became of them
  std::size_t received_bytes = 0;
};

}  // namespace flyball
