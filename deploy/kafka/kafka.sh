#!/bin/bash
# A real Apache Kafka (KRaft, one node) for trying things and for the tests; no Docker, no root.
#   kafka.sh jars          fetch the jars (Maven, Java 17), print their folder
#   kafka.sh start | stop  a broker on 127.0.0.1:${ATALAYA_KAFKA_PORT:-19092}, data in .cache/kafka/data
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${KAFKA_CACHE:-$here/../../.cache/kafka}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
jars=$cache/jars
port=${ATALAYA_KAFKA_PORT:-19092}
run=$cache/run

need() { command -v "$1" >/dev/null || { echo "kafka.sh: $1 is missing: $2" >&2; exit 1; }; }

fetch_jars() {
  [ -f "$jars/.complete" ] && return
  need java "install a Java runtime, 17 or newer"
  need mvn "install Apache Maven"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars" >&2
  touch "$jars/.complete"
}

alive() { [ -f "$run/pid" ] && kill -0 "$(cat "$run/pid")" 2>/dev/null; }

start() {
  fetch_jars
  if alive; then echo "Kafka already runs on 127.0.0.1:$port"; return; fi
  need java "install a Java runtime, 17 or newer"
  mkdir -p "$run"
  cat > "$run/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$((port + 1))
log.dirs=$cache/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
PROPERTIES
  if [ ! -f "$cache/data/meta.properties" ]; then
    java -cp "$jars/*" kafka.tools.StorageTool format --standalone \
      -t "$(java -cp "$jars/*" kafka.tools.StorageTool random-uuid)" -c "$run/server.properties" >"$run/format.log" 2>&1
  fi
  nohup java -Xmx512m -cp "$jars/*" kafka.Kafka "$run/server.properties" >"$run/kafka.log" 2>&1 </dev/null &
  echo $! > "$run/pid"
  for _ in $(seq 300); do
    alive || { echo "Kafka ended at once; see $run/kafka.log" >&2; exit 1; }
    grep -q "Kafka Server started" "$run/kafka.log" && { echo "Kafka runs on 127.0.0.1:$port"; return; }
    sleep 0.2
  done
  echo "Kafka did not start within 60 s; see $run/kafka.log" >&2
  exit 1
}

stop() {
  alive || { echo "Kafka does not run"; return; }
  pid=$(cat "$run/pid")
  kill "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$run/pid"
  echo "Kafka stopped"
}

case "${1:-}" in
  jars) fetch_jars; echo "$jars" ;;
  start) start ;;
  stop) stop ;;
  *) echo "usage: kafka.sh jars|start|stop" >&2; exit 2 ;;
esac
