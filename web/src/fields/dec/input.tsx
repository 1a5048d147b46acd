export { NumberLine as Input } from "../shared/number.tsx";
