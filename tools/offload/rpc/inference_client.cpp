#include "tools/offload/rpc/inference_client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "tools/offload/rpc/infer_message.h"

namespace flyball {

namespace {

using Clock = std::chrono::steady_clock;
using TimePoint = InferenceClient::TimePoint;

constexpr int kFirstReconnectMs = 50;
constexpr int kMostReconnectMs = 1000;
constexpr int kAnswerBytes = 1 << 20;  // no answer is longer

// Who waits for calls, and how many are under way. Calls outlive a wait that was given up.
struct Waiting {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
};

template <typename Request, typename Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
  grpc::Status status;
  TimePoint begun;
  TimePoint ended;
  TimePoint until;
  bool is_done = false;  // guarded by Waiting::mutex, and so is all above afterwards

  double seconds() const { return std::chrono::duration<double>(ended - begun).count(); }
};

using InferCall = Call<inference::ModelInferRequest, inference::ModelInferResponse>;
using ReadyCall = Call<inference::ModelReadyRequest, inference::ModelReadyResponse>;

gpr_timespec grpc_time(TimePoint until) {
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(std::max<std::int64_t>(0, left.count()), GPR_TIMESPAN));
}

RemoteFailure failure_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED: return {RemoteFault::kLate, "no answer in time"};
    case grpc::StatusCode::UNAVAILABLE: return {RemoteFault::kUnavailable, status.error_message()};
    default: return {RemoteFault::kRefused, status.error_message()};
  }
}

std::shared_ptr<grpc::Channel> make_channel(const InferenceClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kMostReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMostReconnectMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a new channel is a new connection
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // a retry would come late
  arguments.SetMaxReceiveMessageSize(kAnswerBytes);
  if (!options.certificates) {
    return grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  grpc::SslCredentialsOptions trust;
  trust.pem_root_certs = *options.certificates;
  return grpc::CreateCustomChannel(options.address, grpc::SslCredentials(trust), arguments);
}

}  // namespace

struct InferenceClient::Impl {
  explicit Impl(InferenceClientOptions asked) : options(std::move(asked)) { connect(); }

  void connect() {
    channel = make_channel(options);
    stub = inference::GRPCInferenceService::NewStub(channel);
  }

  template <typename AnyCall>
  void begin(const std::shared_ptr<AnyCall>& call, TimePoint until) {
    call->until = until;
    call->context.set_deadline(grpc_time(until));
    call->begun = Clock::now();
    const std::lock_guard lock(waiting->mutex);
    ++waiting->under_way;
  }

  // What is called when `call` has ended, on a thread of gRPC's.
  template <typename AnyCall>
  auto on_end(const std::shared_ptr<AnyCall>& call) {
    return [call, waiting = waiting](const grpc::Status& status) {
      const std::lock_guard lock(waiting->mutex);
      call->status = status;
      call->ended = Clock::now();
      call->is_done = true;
      --waiting->under_way;
      waiting->changed.notify_all();
    };
  }

  const InferenceClientOptions options;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<inference::GRPCInferenceService::Stub> stub;
  std::shared_ptr<Waiting> waiting = std::make_shared<Waiting>();
  std::shared_ptr<InferCall> infer;  // awaited
  std::shared_ptr<ReadyCall> ready;  // under way, or not asked for yet
  std::size_t sent_bytes = 0;
};

InferenceClient::InferenceClient(const InferenceClientOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

InferenceClient::~InferenceClient() {
  if (impl_->infer) impl_->infer->context.TryCancel();
  if (impl_->ready) impl_->ready->context.TryCancel();
  std::unique_lock lock(impl_->waiting->mutex);
  impl_->waiting->changed.wait(lock, [&] { return impl_->waiting->under_way == 0; });
}

void InferenceClient::send(const SentChannels& sent, TimePoint until) {
  const auto call = std::make_shared<InferCall>();
  call->request.set_model_name(impl_->options.model);
  call->request.set_model_version(impl_->options.version);
  write_request(sent, impl_->options.map, call->request);
  impl_->sent_bytes = call->request.ByteSizeLong();
  impl_->begin(call, until);
  impl_->infer = call;
  impl_->stub->async()->ModelInfer(&call->context, &call->request, &call->response,
                                   impl_->on_end(call));
}

RemoteResult InferenceClient::wait() {
  const std::shared_ptr<InferCall> call = std::exchange(impl_->infer, nullptr);
  {
    std::unique_lock lock(impl_->waiting->mutex);
    if (!impl_->waiting->changed.wait_until(lock, call->until, [&] { return call->is_done; })) {
      lock.unlock();
      call->context.TryCancel();
      return RemoteFailure{RemoteFault::kLate, "no answer in time"};
    }
  }
  if (!call->status.ok()) return failure_of(call->status);
  try {
    InferAnswer answer = read_answer(call->response, impl_->options.classes);
    return RemoteAnswer{std::move(answer.logits), answer.compute_seconds, call->seconds(),
                        impl_->sent_bytes, call->response.ByteSizeLong()};
  } catch (const std::invalid_argument& error) {
    return RemoteFailure{RemoteFault::kRefused, error.what()};
  }
}

void InferenceClient::probe(TimePoint until) {
  if (impl_->ready) return;
  const auto call = std::make_shared<ReadyCall>();
  call->request.set_name(impl_->options.model);
  call->request.set_version(impl_->options.version);
  impl_->begin(call, until);
  impl_->ready = call;
  impl_->stub->async()->ModelReady(&call->context, &call->request, &call->response,
                                   impl_->on_end(call));
}

std::optional<InferenceClient::Probe> InferenceClient::probed() {
  if (!impl_->ready) return std::nullopt;
  {
    const std::lock_guard lock(impl_->waiting->mutex);
    if (!impl_->ready->is_done) return std::nullopt;
  }
  const std::shared_ptr<ReadyCall> call = std::exchange(impl_->ready, nullptr);
  Probe probe{{}, call->seconds()};
  if (!call->status.ok()) {
    probe.failure = failure_of(call->status);
    if (probe.failure->fault != RemoteFault::kRefused) impl_->connect();
  } else if (!call->response.ready()) {
    probe.failure = RemoteFailure{RemoteFault::kRefused, "the model is not ready"};
  }
  return probe;
}

std::size_t InferenceClient::last_sent_bytes() const { return impl_->sent_bytes; }

}  // namespace flyball
