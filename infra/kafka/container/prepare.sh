#!/bin/sh
# Runs once, while the image is built: makes the folders that the broker writes to, and runs a throwaway broker so that Java
# can keep its classes parsed and verified (class data sharing), which halves every later start.
set -e
mkdir -p /tmp /etc/kafka/docker /mnt/shared/config /opt/kafka/config /var/lib/kafka/data
chmod 1777 /tmp
chown -R appuser /opt/kafka/config /var/lib/kafka

# Some JDKs ship without the base archive that the broker's own builds upon.
java -Xshare:dump > /dev/null

cd /tmp
mkdir throwaway
cat > server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=CLIENT://localhost:9092,CONTROLLER://localhost:9093
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
log.dirs=/tmp/throwaway
log.cleaner.dedupe.buffer.size=8388608
PROPERTIES
class_path=$(cat /opt/kafka/class-path)
flags="-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
java $flags -cp "$class_path" kafka.tools.StorageTool format --cluster-id 4L6g3nShT-eMCtK--X86sw --config server.properties
java $flags -Dorg.slf4j.simpleLogger.defaultLogLevel=info -XX:ArchiveClassesAtExit=/opt/kafka/classes.jsa \
  -cp "$class_path" kafka.Kafka server.properties > broker.log 2>&1 &
broker=$!
tries=0
until grep -q 'Kafka Server started' broker.log; do
  tries=$((tries + 1))
  if [ $tries -gt 600 ] || ! kill -0 $broker; then cat broker.log; exit 1; fi
  sleep 0.2
done
kill $broker
wait $broker || true
test -s /opt/kafka/classes.jsa
rm -rf /tmp/throwaway /tmp/broker.log /tmp/server.properties
