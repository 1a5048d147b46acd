export { Line as Input } from "../shared/line.tsx";
