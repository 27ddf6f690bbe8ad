// The axis of time or of builds: where a build is, and the zoom as the address has it.
"use strict";
(() => {
  const MINUTE = 60000;

  // BokehJS writes times in UTC. Local time is shown by moving times by the offset of the reader's time zone.
  const offset = (time) => new Date(time).getTimezoneOffset() * MINUTE;
  squash.toAxisTime = (time) => time - offset(time);
  const fromAxisTime = (place) => place + offset(place + offset(place));

  squash.place = (build, axis) => (axis === "build" ? build.number : squash.toAxisTime(build.start));

  // A zoom is written as `12..30` (builds) or `2026-05-01T04:10Z..2026-05-03T00:00Z`.
  const minute = (place) => `${new Date(fromAxisTime(place)).toISOString().slice(0, 16)}Z`;
  squash.zoomText = (start, end, axis) =>
    [start, end].map((place) => (axis === "build" ? String(Number(place.toFixed(2))) : minute(place))).join("..");

  // Return the ends that an address names; null if it names none, or those of the other axis.
  squash.zoomEnds = (text, axis) => {
    const parts = text.split("..");
    const ofTime = parts.every((part) => part.endsWith("Z"));
    if (parts.length !== 2 || ofTime !== (axis === "time")) return null;
    const [start, end] = parts.map((part) => (ofTime ? squash.toAxisTime(Date.parse(part)) : Number(part)));
    return start < end ? [start, end] : null;
  };
})();
